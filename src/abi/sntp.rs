//! SNTP has no types of its own.
