//! Units with AWS's own notation.

use std::fmt;

/// `MaxConcurrency` or `MaxErrors`: an absolute number or a percentage of the targets of a command.
/// Semantics, section 6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// An absolute number of targets or errors.
    Count(u32),
    /// A percentage of the number of targets, 0 to 100.
    Percent(u8),
    /// What Patch now chooses for an Install on that many targets. Semantics, section 6.2.
    PatchNow,
}

/// Why a rate limit was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimitError {
    /// Not a number, not a percentage, or written with a leading zero, a sign, a fraction.
    NotALimit,
    /// Zero, where at least one target must be allowed to run.
    Zero,
    /// A percentage above 100.
    AboveHundredPercent,
    /// More than seven characters.
    TooLong,
}

impl RateLimit {
    /// Reads a `MaxConcurrency` value: `^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$`, 1 to 7 characters.
    ///
    /// # Errors
    /// Why the text is no such value.
    pub fn parse_max_concurrency(text: &str) -> Result<Self, RateLimitError> {
        match Self::parse(text)? {
            Self::Count(0) | Self::Percent(0) => Err(RateLimitError::Zero),
            limit => Ok(limit),
        }
    }

    /// Reads a `MaxErrors` value: as `MaxConcurrency`, with `0` and `0%` allowed too.
    ///
    /// # Errors
    /// Why the text is no such value.
    pub fn parse_max_errors(text: &str) -> Result<Self, RateLimitError> {
        Self::parse(text)
    }

    fn parse(text: &str) -> Result<Self, RateLimitError> {
        if text.len() > 7 {
            return Err(RateLimitError::TooLong);
        }
        let digits = text.strip_suffix('%').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !plain || (digits.len() > 1 && digits.starts_with('0')) {
            return Err(RateLimitError::NotALimit);
        }
        let number: u32 = digits.parse().map_err(|_| RateLimitError::NotALimit)?;
        if digits.len() == text.len() {
            return Ok(Self::Count(number));
        }
        match u8::try_from(number) {
            Ok(percent) if percent <= 100 => Ok(Self::Percent(percent)),
            _ => Err(RateLimitError::AboveHundredPercent),
        }
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(n) => write!(f, "{n}"),
            Self::Percent(p) => write!(f, "{p}%"),
            Self::PatchNow => f.write_str("as Patch now chooses"),
        }
    }
}
