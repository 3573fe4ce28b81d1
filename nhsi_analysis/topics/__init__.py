"""NHS meaning on top of methods: each topic returns small frozen results."""
