package import Domain
package import Ledger

/// Work that is due again and again, and done by one of all replicas.
package protocol RecurringJob: Sendable {
    /// When it is due.
    var schedule: JobSchedule { get }

    /// Does it, in steps that may be repeated.
    ///
    /// - Parameter run: Which run it is, and how far somebody came with it who did not finish.
    /// - Throws: What it fails with: it is tried again, from its progress on. `CancellationError` when it was told to stop.
    func perform(_ run: JobRun) async throws
}

/// A run that this replica is to do.
package struct JobRun: Sendable {
    /// The moment at which it was due.
    package var scheduledFor: Timestamp
    /// The moment of the last run that succeeded.
    package var previous: Timestamp?
    /// What was noted last, by whoever did it before.
    package var progress: String?
    /// Notes how far it has come; it throws when another replica has taken over: let that end the run.
    package var note: @Sendable (_ progress: String) async throws -> Void
}
