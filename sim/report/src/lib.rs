//! Results to bytes: tables, CSV, JSON, Markdown, plots.
