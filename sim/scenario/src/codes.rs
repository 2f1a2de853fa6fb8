//! The codes of problems: stable, each with a paragraph that explains it.

macro_rules! codes {
    ($($name:ident = $code:literal : $text:literal;)*) => {
        $(#[doc = $text] pub const $name: &str = $code;)*

        /// Every code with its explanation, in order.
        pub const ALL: &[(&str, &str)] = &[$(($code, $text)),*];
    };
}

codes! {
    UNKNOWN_KEY = "PB001": "A key or table that the scenario format does not know. Misspelt keys are refused rather than ignored, so that a setting never silently fails to apply.";
    SYNTAX = "PB002": "The file is not valid TOML, or a file that it names is not the YAML that is read there.";
    TYPE = "PB003": "A value of another type than the key takes, such as a number where a text is needed.";
    MISSING = "PB004": "A key that is required is absent.";
    FORMAT = "PB005": "The file's `format` is not one that this version understands. It understands format 1.";
    FILE = "PB006": "A file that the scenario names cannot be read.";
    OVERRIDE = "PB007": "A `--set path=value` that cannot be applied to the scenario.";
    RANGE = "PB010": "A number or time outside the range that the key allows.";
    DURATION = "PB011": "A text that is no duration. Durations are written as numbers with units: 90s, 22m, 4h, 5d, 2w, 1h30m.";
    CUTOFF = "PB012": "The cutoff leaves no time to start tasks. AWS requires the cutoff to be less than the duration (Semantics, section 4.1).";
    RULE_BOTH = "PB014": "An approval rule with both a delay and a cut-off date. AWS asks for exactly one (Semantics, section 2.1).";
    RULE_NEITHER = "PB015": "An approval rule with neither a delay nor a cut-off date. AWS asks for exactly one (Semantics, section 2.1).";
    RATE = "PB016": "A value that is no MaxConcurrency or MaxErrors: a whole number or a percentage from 1% (errors: 0%) to 100%, as text (Semantics, section 6.1).";
    RATE_ROUNDS_TO_ZERO = "PB017": "A percentage that rounds to no error at all on the nodes it applies to, so that the first error stops the task (Semantics, section 6.3).";
    RATE_MISSING = "PB018": "A window task with targets must give both max_concurrency and max_errors (Semantics, section 6.2).";
    NAME = "PB019": "A name that AWS would refuse. Windows and baselines have 3 to 128 characters of A-Z a-z 0-9 _ - . (Semantics, sections 2.1 and 4.1); patch groups have 1 to 256 letters, digits, blanks and _ . : / = + - @ (section 3).";
    SCHEDULE = "PB020": "A schedule expression that maintenance windows do not accept (Semantics, sections 4.2 to 4.4).";
    ZONE = "PB022": "A name that is no IANA time zone.";
    DATE = "PB023": "A text that is no date or instant. Write 2026-11-10T18:00:00Z, or a date alone for midnight UTC.";
    REFERENCE = "PB024": "A name that refers to nothing in the scenario.";
    CHOICE = "PB025": "A value that is none of the few that the key takes.";
    FILTER_KEY = "PB026": "A filter key that approval rules of this operating system do not have (Semantics, section 2.2).";
    DUPLICATE = "PB027": "The same thing given twice.";
    DISTRIBUTION = "PB028": "Parameters that are no distribution of a time.";
    PERIOD = "PB030": "A period that ends before it begins.";
    NEVER_OPENS = "PB031": "A window that never opens within the simulated period.";
    MATCHES_NOBODY = "PB032": "A target that matches no node. Tag keys and values are compared exactly.";
    NOTHING_TARGETED = "PB033": "No task reaches any node: a run of nothing would say nothing.";
    NOTHING_RELEASED = "PB034": "No patch is released within the simulated period: a run of nothing would say nothing.";
    BOTH_TAGS = "PB040": "Nodes with both tags `Patch Group` and `PatchGroup`, with different values. AWS does not document which one counts (Semantics, section 3).";
    GROUP_WITHOUT_BASELINE = "PB041": "A patch group that no baseline is registered for: AWS falls back to the default baseline without a word, and so does the simulation (Semantics, section 3).";
    REGISTRATION = "PB042": "A patch group registration that AWS refuses: a second baseline for the same operating system, or a 26th group on one baseline (Semantics, section 3).";
    APPROVES_NOTHING = "PB043": "A baseline that approves none of the released patches that apply to its nodes.";
    STARVES = "PB044": "A delay that is longer than the time between successors: an update is superseded before it is approved, and never installed. A warning when that befalls at least half of the patches that are superseded in the simulated period, a note when it befalls fewer (Semantics, section 2.6).";
    FILTER_VALUE = "PB045": "A filter value, or a classification or severity of a patch, that AWS does not list for the operating system (Semantics, section 2.2); also an entry of an approved or rejected list that can name no patch.";
    QUOTA = "PB046": "More than an AWS quota allows (Semantics, section 4.7).";
    UNUSED = "PB047": "Something that nothing uses: a baseline, behavior or target without a user, a column that is not read, a scripted outcome that never happens.";
    TIGHT_CUTOFF = "PB048": "A cutoff one hour below the duration: one report of an AWS error message suggests that the limit may be this tight.";
    STEP_TIMEOUT = "PB049": "A step timeout at or below the usual install time: many invocations would end as ExecutionTimedOut, which counts as an error (Semantics, section 6.7).";
    RELEASE_FILE = "PB050": "A release stream with a row or column that cannot be read, or with patches that supersede each other in a circle.";
    NO_SOURCE = "PB056": "Nodes whose baseline lists alternative sources, none of them for their product or `*`: every run fails on them (Semantics, section 2.6).";
    TWO_BASELINES = "PB057": "Nodes that two baselines would patch by turns: those of a patch policy, and those of another policy or of their patch group. A simulated node has one baseline (Semantics, section 7.6).";
    NODE_FILE = "PB051": "A node list with a row or column that cannot be read.";
    CHANGE = "PB052": "A dated change of something that cannot change while the simulation runs, of something that the scenario does not have, or outside the simulated period. Baselines, windows and the tags of nodes can be changed.";
    OVERRIDES = "PB055": "Overrides of a task that fail on nodes: an install override list together with a baseline override, or a baseline override that has no baseline for the system of a node (Semantics, section 7.4).";
    SIZE = "PB060": "A scenario that would need more memory or time than is sensible; the message gives the estimate and the limit.";
    COMMAND_LINE = "PB065": "A command line, a shorthand value or a JSON text that cannot be read (Semantics, section 9.4).";
    REQUEST = "PB066": "A request that AWS would refuse: a member that is missing, that the operation does not have, or with a value that it does not take (Semantics, section 9.1).";
    CREATED = "PB067": "An id or a variable that no answer in the file names: it is taken for what the commands above it created, in order.";
    IMPORT = "PB068": "Something in an imported configuration that AWS, or one of its command lines, would take otherwise than it seems to be meant.";
    EXPORT = "PB069": "Something in a scenario that AWS would refuse, cannot express, or takes otherwise, told when the scenario is exported.";
    HISTORY = "PB070": "Saved answers of AWS from which no times or failure shares follow, or from too few operations, or with a record that cannot be read and is left out.";
    ASSERTION = "PB071": "An assertion that cannot be evaluated as written, or that no replication can answer.";
    INCOMPLETE = "PB072": "Saved answers of AWS that do not say all that a scenario needs, such as the first page of a list without the others; or a plan of Terraform with a value that is known only after apply.";
    SWEEP = "PB080": "A factor, level or condition of a sweep that cannot be read, or more designs than are played at once.";
}

/// The explanation of a code.
pub fn explain(code: &str) -> Option<&'static str> {
    ALL.iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(code))
        .map(|(_, text)| *text)
}
