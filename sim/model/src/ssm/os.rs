//! Operating systems and their families. Semantics, section 1.1.

use std::fmt;

macro_rules! operating_systems {
    ($($(#[$attribute:meta])* $variant:ident $name:literal $family:ident,)*) => {
        /// `OperatingSystem` of the Systems Manager API. Semantics, section 1.1.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub enum OperatingSystem {
            $($(#[$attribute])* #[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl OperatingSystem {
            /// Every operating system, in the order of the API.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The API's name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The family whose rules apply.
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family),* }
            }
        }
    };
}

operating_systems! {
    AmazonLinux "AMAZON_LINUX" Rpm,
    AmazonLinux2 "AMAZON_LINUX_2" Rpm,
    AmazonLinux2022 "AMAZON_LINUX_2022" Rpm,
    AmazonLinux2023 "AMAZON_LINUX_2023" Rpm,
    Ubuntu "UBUNTU" Apt,
    RedhatEnterpriseLinux "REDHAT_ENTERPRISE_LINUX" Rpm,
    Suse "SUSE" Suse,
    Centos "CENTOS" Rpm,
    OracleLinux "ORACLE_LINUX" Rpm,
    Debian "DEBIAN" Apt,
    Macos "MACOS" Mac,
    Raspbian "RASPBIAN" Apt,
    RockyLinux "ROCKY_LINUX" Rpm,
    AlmaLinux "ALMA_LINUX" Rpm,
    #[default] Windows "WINDOWS" Windows,
}

impl OperatingSystem {
    /// The operating system with this API name, compared exactly.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|os| os.as_str() == name)
    }
}

impl fmt::Display for OperatingSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Operating systems that share filter keys and release dates. Semantics, sections 1.1 and 2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Windows.
    Windows,
    /// Amazon Linux, RHEL and its relatives.
    Rpm,
    /// SUSE Linux Enterprise Server.
    Suse,
    /// Debian, Ubuntu, Raspberry Pi OS.
    Apt,
    /// macOS.
    Mac,
}

impl Family {
    /// Whether a baseline's alternative sources mean anything to it: they are for Linux. Semantics,
    /// section 2.6.
    pub const fn has_sources(self) -> bool {
        !matches!(self, Self::Windows | Self::Mac)
    }
}
