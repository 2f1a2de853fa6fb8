//! Scenario files and release streams: read, checked, resolved to a validated model configuration.
