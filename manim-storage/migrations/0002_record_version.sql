-- The version of a record's text: a program reads older ones, and refuses newer ones by name.

ALTER TABLE manim_jobs ADD COLUMN version smallint NOT NULL DEFAULT 1;
