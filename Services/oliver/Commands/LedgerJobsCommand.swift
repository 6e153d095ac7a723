internal import ArgumentParser
internal import Domain
internal import Ledger
internal import ServiceRuntime

/// The recurring jobs and how they went.
struct LedgerJobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Shows when the recurring jobs last ran, and how that went.",
        discussion: "Exits 1 when the last run of one failed."
    )

    @OptionGroup var installation: InstallationOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let jobs = try await Installation.use(installation) { try await $0.ledger.scheduledJobs() }
        print(json ? Self.json(jobs) : Self.table(jobs))
        if jobs.contains(where: { $0.latest.error != nil }) { throw ExitCode.failure }
    }

    static func table(_ jobs: [ScheduledJobState]) -> String {
        guard !jobs.isEmpty else { return "No job has run yet." }
        let header = ["JOB", "DUE", "STATE", "LAST SUCCESS", "INSTANCE", "PROGRESS"]
        let rows = jobs.map { job in
            [
                job.latest.name, job.latest.scheduledFor.rfc3339, state(job.latest),
                job.lastSuccess?.rfc3339 ?? "never", job.latest.instance,
                job.latest.error ?? job.latest.progress ?? "",
            ]
        }
        return TextTable([header] + rows).text
    }

    private static func state(_ run: ScheduledRun) -> String {
        if run.error != nil { return "failed" }
        return run.finishedAt == nil ? "running" : "done"
    }

    static func json(_ jobs: [ScheduledJobState]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("jobs")
        writer.beginArray()
        for job in jobs {
            writer.beginObject()
            writer.member("name", job.latest.name)
            writer.member("state", state(job.latest))
            writer.member("scheduled_for", job.latest.scheduledFor.rfc3339)
            writer.member("started_at", job.latest.startedAt.rfc3339)
            let texts = [
                ("finished_at", job.latest.finishedAt?.rfc3339), ("last_success_at", job.lastSuccess?.rfc3339),
                ("progress", job.latest.progress), ("error", job.latest.error),
            ]
            for (name, text) in texts {
                writer.key(name)
                if let text { writer.string(text) } else { writer.null() }
            }
            writer.member("instance", job.latest.instance)
            writer.member("attempts", Int64(job.latest.attempts))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
