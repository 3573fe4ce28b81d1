"""The numbers of this study: from registers to tables and estimates."""
