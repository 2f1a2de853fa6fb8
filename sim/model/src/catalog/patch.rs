//! One installable update.

use patchbench_kernel::SimTime;

use crate::ssm::OperatingSystem;

/// Whether a Windows patch updates the operating system or an application.
/// Semantics, sections 2.2 and 2.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatchSet {
    /// An update of the operating system.
    #[default]
    Os,
    /// An update of an application such as Office.
    Application,
}

/// One installable update, as its catalogue describes it. Attributes that the source does not give
/// are `None`; an absent attribute is matched by `*` alone (Semantics, section 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Unique in its scenario.
    pub id: String,
    /// Knowledge base number such as `KB5034119` (Windows).
    pub kb: Option<String>,
    /// Human title; for Linux usually the package names.
    pub title: String,
    /// When the vendor released (or last revised) it; `None` when the catalogue has no date.
    /// What the approval delay counts from is [`crate::ssm::release_instant`].
    pub released_at: Option<SimTime>,
    /// From when the node can fetch it; later than the release for staged repositories.
    pub available_at: Option<SimTime>,
    /// `updated` date of an advisory, where it differs from the issue date in `released_at`.
    pub updated_at: Option<SimTime>,
    /// Build time of the package (rpm).
    pub built_at: Option<SimTime>,
    /// Operating system it is for.
    pub operating_system: OperatingSystem,
    /// Product, such as `WindowsServer2016`; `None` when it fits every product of the system.
    pub product: Option<String>,
    /// Product family, such as `Windows` or `Office`.
    pub product_family: Option<String>,
    /// Classification, such as `SecurityUpdates` or `Security`.
    pub classification: Option<String>,
    /// `MSRC_SEVERITY` on Windows, `SEVERITY` elsewhere.
    pub severity: Option<String>,
    /// Priority of a Debian package, such as `Optional`.
    pub priority: Option<String>,
    /// Archive section of a Debian package.
    pub section: Option<String>,
    /// Operating system or application update (Windows).
    pub patch_set: PatchSet,
    /// False for an rpm package without an advisory, and for a Debian package that is not in a
    /// security archive: what the security-only gate asks (Semantics, section 2.3, point 9).
    pub security_source: bool,
    /// CVE ids it repairs.
    pub cve_ids: Vec<String>,
    /// Ids of the patches it replaces.
    pub supersedes: Vec<String>,
}

/// Patches by their ids.
#[derive(Debug)]
pub(crate) struct ById<'p>(Vec<(&'p str, usize)>);

impl<'p> ById<'p> {
    /// Of these patches, by position.
    pub(crate) fn new(patches: impl Iterator<Item = &'p Patch>) -> Self {
        let mut ids: Vec<(&str, usize)> = patches.map(|patch| patch.id.as_str()).zip(0..).collect();
        ids.sort_unstable();
        Self(ids)
    }

    /// The position of the patch with this id.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        let found = self.0.binary_search_by_key(&id, |(known, _)| known).ok()?;
        Some(self.0[found].1)
    }
}

impl Patch {
    /// From when it exists for anybody: the later of release and availability; the beginning of
    /// time when the catalogue knows neither.
    pub fn visible_from(&self) -> SimTime {
        let released = self.released_at.unwrap_or(SimTime::MIN);
        released.max(self.available_at.unwrap_or(SimTime::MIN))
    }
}
