internal import ArgumentParser
internal import ServiceRuntime

/// Whether a command stays until a job has ended.
struct WaitOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Show progress until the job has ended (default: on a terminal).")
    var wait: Bool?

    var isWaiting: Bool { wait ?? isTerminal }
}

/// Looks at a job until it has ended.
struct JobWatch {
    let client: ServiceClient
    var interval = Duration.seconds(1)
    var clock: any Clock<Duration> = ContinuousClock()

    /// Looks in a row that may go wrong: a server that is started again is away for a while.
    private static let troubleLimit = 60

    /// Waits for the end.
    ///
    /// - Parameters:
    ///   - id: The job's id.
    ///   - report: Is told about each look at the job.
    /// - Returns: The last answer.
    /// - Throws: ``ServiceError`` when looking does not work, or not any more.
    func untilEnded(_ id: String, report: (JobAnswer) -> Void) async throws -> ServiceAnswer {
        var troubles = 0
        while true {
            do {
                let answer = try await client.send(ServiceRequest(.get, "/v1/reprice", id))
                let job: JobAnswer = try answer.read()
                report(job)
                if job.isEnded { return answer }
                troubles = 0
            } catch let error as ServiceError where error.isRetriable && troubles < Self.troubleLimit {
                troubles += 1
            }
            try await clock.sleep(for: interval)
        }
    }
}

extension ServiceCommand {
    /// What to print about a job that was just made, or is looked at: at once, or when it has ended.
    func output(of answer: ServiceAnswer, waiting isWaiting: Bool, _ client: ServiceClient) async throws
        -> CommandOutput
    {
        var answer = answer
        var job: JobAnswer = try answer.read()
        if isWaiting, !job.isEnded {
            answer = try await JobWatch(client: client).untilEnded(job.id) { showProgress($0.progressLine) }
            endProgress()
            job = try answer.read()
        }
        return CommandOutput(
            text: service.json ? answer.text : job.text,
            exitCode: job.isEnded && !job.isDone ? .failure : .success
        )
    }
}

extension PricesCommand {
    /// What corrects many events.
    struct Jobs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists, shows, stops and goes on with corrections of many events.",
            subcommands: [List.self, Show.self, Cancel.self, Resume.self],
            defaultSubcommand: List.self
        )

        struct List: ServiceCommand {
            static let configuration = CommandConfiguration(abstract: "Lists jobs, the newest first.")

            @OptionGroup var service: ServiceOptions

            @Option(help: "Jobs of this workspace only.")
            var workspace: String?

            @Option(help: "Jobs of this kind only: repricing, unpriced, true_up, manual or reversal.")
            var kind: String?

            @Option(help: "Jobs in this state only: pending, running, done, failed or cancelled.")
            var state: String?

            @Option(help: "Jobs to list at most.")
            var limit = 20

            @Option(help: "Start where the page before ended.")
            var after: String?

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                var request = ServiceRequest(.get, "/v1/reprice")
                request.add("workspace", workspace)
                request.add("kind", kind)
                request.add("state", state)
                request.add("limit", String(limit))
                request.add("after", after)
                return try printed(try await client.send(request)) { (page: Page<JobAnswer>) in
                    page.text(whenEmpty: "There are no such jobs.", JobAnswer.table)
                }
            }
        }

        struct Show: ServiceCommand {
            static let configuration = CommandConfiguration(abstract: "Shows one job, and waits for its end if wanted.")

            @OptionGroup var service: ServiceOptions
            @OptionGroup var waiting: WaitOptions

            @Argument(help: "The job's id, as `oliver prices jobs` shows it.")
            var id: Int64

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                let answer = try await client.send(ServiceRequest(.get, "/v1/reprice", String(id)))
                // A look is a look: only who asks for it waits.
                return try await output(of: answer, waiting: waiting.wait ?? false, client)
            }
        }

        struct Cancel: ServiceCommand {
            static let configuration = CommandConfiguration(abstract: "Stops a job; what it did stays.")

            @OptionGroup var service: ServiceOptions

            @Argument(help: "The job's id, as `oliver prices jobs` shows it.")
            var id: Int64

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                let request = ServiceRequest(.post, "/v1/reprice", String(id), "cancel", body: requestBody { _ in })
                return try printed(try await client.send(request)) { (job: JobAnswer) in job.text }
            }
        }

        struct Resume: ServiceCommand {
            static let configuration = CommandConfiguration(
                abstract: "Goes on with a job that failed or was stopped, where it was left."
            )

            @OptionGroup var service: ServiceOptions
            @OptionGroup var waiting: WaitOptions

            @Argument(help: "The job's id, as `oliver prices jobs` shows it.")
            var id: Int64

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                let request = ServiceRequest(.post, "/v1/reprice", String(id), "resume", body: requestBody { _ in })
                return try await output(of: try await client.send(request), waiting: waiting.isWaiting, client)
            }
        }
    }

    struct Reverse: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes back what a job did, with corrections of its own."
        )

        @OptionGroup var service: ServiceOptions
        @OptionGroup var waiting: WaitOptions

        @Argument(help: "The job's id, as `oliver prices jobs` shows it.")
        var id: Int64

        @Option(help: "Why, for the record.")
        var reason: String

        @Option(help: "Who takes it back, for the record; the key's id is kept too.")
        var by: String?

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            let body = requestBody { writer in
                writer.member("reason", reason)
                writer.given("author", by)
            }
            let request = ServiceRequest(.post, "/v1/reprice", String(id), "reverse", body: body)
            return try await output(of: try await client.send(request), waiting: waiting.isWaiting, client)
        }
    }
}
