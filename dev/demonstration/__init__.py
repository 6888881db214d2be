"""The demonstration: a Shopify store that sells and an Odoo that ships, on this machine (`dev/demo`).

`stage` starts the processes, `fill` makes the database, `doors` are the ways to speak to both sides, `staff` are the people
of the company, `watch` notes when things happened, `person` is the run with a person, `check` the one without."""
