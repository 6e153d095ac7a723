package import Domain

/// When a job is due: at fixed moments, so that all replicas mean the same one.
package struct JobSchedule: Hashable, Sendable {
    /// A stable word, for example `close_periods`.
    package var name: String
    /// Seconds from one time to the next, at least 1.
    package var interval: Int64
    /// Seconds after a multiple of the interval, counted from 1970 in UTC.
    package var offset: Int64

    package init(name: String, interval: Int64, offset: Int64 = 0) {
        self.name = name
        self.interval = max(interval, 1)
        self.offset = offset
    }

    /// The last moment at which it was due.
    package func slot(at now: Timestamp) -> Timestamp {
        now.adding(.seconds(-offset)).floored(toSeconds: interval).adding(.seconds(offset))
    }
}

/// One run of a job: what was done, or is, for one moment at which it was due.
package struct ScheduledRun: Hashable, Sendable {
    package var name: String
    /// The moment at which it was due.
    package var scheduledFor: Timestamp
    /// When the last one began with it.
    package var startedAt: Timestamp
    package var finishedAt: Timestamp?
    /// Who does it, or did it last.
    package var instance: String
    /// How often somebody began with it.
    package var attempts: Int32
    /// How far it came, in the job's own words.
    package var progress: String?
    /// Why it failed; a run that has finished with an error was given up.
    package var error: String?
}

/// What comes of asking for a run.
package enum JobClaim: Hashable, Sendable {
    /// The caller is to do it, from its progress on; `after` is the moment of the last run that succeeded before.
    case granted(ScheduledRun, after: Timestamp?)
    /// Somebody is at it, or it failed a short while ago.
    case taken
    /// It was done then.
    case done(Timestamp)
}

/// A job as operators see it: its latest run, and when it last succeeded.
package struct ScheduledJobState: Hashable, Sendable {
    package var latest: ScheduledRun
    package var lastSuccess: Timestamp?
}
