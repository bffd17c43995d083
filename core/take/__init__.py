"""A take: what one fit of one clip leaves in its folder, and the jobs that make it and hand it on."""
