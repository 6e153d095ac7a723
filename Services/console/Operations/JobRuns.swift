internal import Domain
internal import Postgres
internal import ServiceRuntime

/// The last run of a job that the services do at certain times.
struct JobRun: Sendable {
    var name: String
    var scheduledFor: Timestamp
    var startedAt: Timestamp?
    var finishedAt: Timestamp?
    var instance: String?
    var error: String?
}

/// What is known of such jobs.
enum JobRuns {
    /// The last run of each; none while analytics has not made its tables yet.
    static func last(in pool: PostgresPool) async throws -> [JobRun] {
        let exists: Bool =
            try await pool.query("SELECT to_regclass('scheduled_jobs') IS NOT NULL AS found").first?.value("found")
            ?? false
        guard exists else { return [] }
        return try await pool.query(
            """
            SELECT DISTINCT ON (name) name, scheduled_for, started_at, finished_at, instance, error
            FROM scheduled_jobs ORDER BY name, scheduled_for DESC
            """
        ).map { row in
            JobRun(
                name: try row.value("name"),
                scheduledFor: try row.value("scheduled_for"),
                startedAt: try row.optional("started_at"),
                finishedAt: try row.optional("finished_at"),
                instance: try row.optional("instance"),
                error: try row.optional("error")
            )
        }
    }
}

extension JSONWriter {
    mutating func write(_ run: JobRun) {
        beginObject()
        member("name", run.name)
        member("scheduled_for", run.scheduledFor.rfc3339)
        key("started_at")
        optional(run.startedAt?.rfc3339)
        key("finished_at")
        optional(run.finishedAt?.rfc3339)
        key("instance")
        optional(run.instance)
        key("error")
        optional(run.error)
        endObject()
    }
}
