"""Scores of the staff survey: the funnel around their mean and the ranks they allow."""

from __future__ import annotations

import pandas as pd

from nhsi_analysis import datasets
from nhsi_analysis.answers.trusts import short_trust
from notebook_reports.charts import gallery
from notebook_reports.charts.funnel import funnel_chart
from notebook_reports.charts.ranks import category_chances, rank_sets, two_occasions
from policy_methods.funnel import funnel
from policy_methods.ranking import category_probabilities, rank_confidence_sets


@gallery.example(funnel_chart)
def _funnel_example() -> gallery.Example:
    """Draw trusts' shares of staff who say that senior managers act on feedback."""
    rows = datasets.load("staff_survey_items").query("question == 'q8d' and survey_year == 2017")
    share = (rows["agree_pct"] + rows["strongly_agree_pct"]) / 100
    names = datasets.load("trusts").set_index("org_code")["org_name"].to_dict()
    result = funnel(
        (share * rows["respondents"]).to_numpy(),
        rows["respondents"].to_numpy(),
        overdispersion="winsorised",
        units=list(rows["org_code"]),
    )
    outside = int(result.points["outside_99.8"].sum())
    plain = int(result.points["unadjusted_outside_99.8"].sum())
    return gallery.Example(
        title=f"{outside} of {len(rows)} trusts lie outside 99.8% limits that allow for "
        f"over-dispersion, {plain} without",
        subtitle="Share agreeing that senior managers act on feedback (q8d), England, 2017",
        source="staff_survey_items",
        alt=f"Funnel plot of {len(rows)} trusts by number of answers. The target is "
        f"{result.target:.1%}; most trusts lie inside limits widened for over-dispersion "
        f"(phi {result.phi:.0f}).",
        data=pd.DataFrame(result.to_frame()),
        figure=funnel_chart(
            result,
            x_label="answers",
            y_label="share agreeing",
            names={str(k): short_trust(str(v)) for k, v in names.items()},
        ),
    )


def _survey(year: int) -> pd.DataFrame:
    """Return shares that agree that senior managers act on feedback, with standard errors."""
    items = datasets.load("staff_survey_items")
    part = items[(items["survey_year"] == year) & (items["question"] == "q8d")]
    share = (part["agree_pct"] + part["strongly_agree_pct"]) / 100
    error = (share * (1 - share) / part["respondents"]) ** 0.5
    table = pd.DataFrame({"org_code": part["org_code"], "share": share, "se": error})
    table = table.sort_values(["share", "org_code"], ascending=[False, True])
    return table.reset_index(drop=True).assign(position=lambda t: t.index + 1)


@gallery.example(rank_sets)
def _rank_sets_example() -> gallery.Example:
    table = _survey(2017)
    sets = rank_confidence_sets(table["share"], table["se"])
    table = table.assign(lower=sets.lower, upper=sets.upper)
    crossing = int(((sets.lower <= 120) & (sets.upper > 120)).sum())
    followed = table.iloc[124]
    return gallery.Example(
        title=f"{crossing} of {len(table)} trusts could sit on either side of the line",
        subtitle="95% confidence set for each trust's rank, NHS Staff Survey 2017, question 8d",
        source="staff_survey_items",
        alt=f"Vertical lines, one a trust in order of score; {crossing} grey ones cross rank 120.",
        data=table,
        figure=rank_sets(
            table,
            cut=120,
            sides=("good or better", "significant concerns or worse"),
            follow=125,
            follow_label=f"125th: anywhere from {followed['lower']} to {followed['upper']}",
        ),
    )


@gallery.example(category_chances)
def _category_chances_example() -> gallery.Example:
    table = _survey(2017)
    names = ["outstanding", "good", "significant concerns", "poor reporting culture"]
    sizes = [18, 102, 78, len(table) - 198]
    chances = category_probabilities(table["share"], table["se"], sizes, draws=4000)
    table[names] = chances.probability
    return gallery.Example(
        title=f"About {chances.wrong:.0f} of {len(table)} trusts are expected in a wrong category",
        subtitle="Chance of each category by place in the league, NHS Staff Survey 2017, q8d",
        source="staff_survey_items",
        alt="Four bands along the league that shade into each other around each cut.",
        data=table,
        figure=category_chances(table, categories=names, cuts=[18, 120, 198]),
    )


@gallery.example(two_occasions)
def _two_occasions_example() -> gallery.Example:
    both = _survey(2016).merge(_survey(2017), on="org_code", suffixes=("_2016", "_2017"))
    rose = both["share_2017"] > both["share_2016"]
    both["moved"] = rose.map({True: "rose", False: "fell or stayed"})
    return gallery.Example(
        title=f"{rose.sum()} of {len(both)} trusts rose from 2016 to 2017",
        subtitle="Share of staff who say senior managers act on feedback, NHS Staff Survey, q8d",
        source="staff_survey_items",
        alt=f"Dots along the line of no change; {rose.sum()} lie above it.",
        data=both,
        figure=two_occasions(
            both,
            first="share_2016",
            second="share_2017",
            group="moved",
            labels=("Share in 2016", "Share in 2017"),
        ),
    )
