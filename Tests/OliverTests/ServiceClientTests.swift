import Access
import ArgumentParser
import HTTPTypes
import Hummingbird
import LocalServers
import NIOCore
import ServiceRuntime
import TestSupport
import Testing

@testable import OliverCommands

/// Asks a server once.
private func ask(
    port: Int,
    limit: Duration = .seconds(20),
    _ request: ServiceRequest = ServiceRequest(.get, "/v1/prices")
) async throws -> ServiceAnswer {
    let address = try ServiceAddress(url: "http://127.0.0.1:\(port)", key: testKey)
    return try await ServiceClient.use(address, limit: limit) { client in try await client.send(request) }
}

@Suite(.timeLimit(.minutes(1))) struct `A client of the HTTP API` {
    @Test func `sends its key, path, query and body`() async throws {
        try await APIServer.with({ _, _ in APIServer.json("{}") }) { server, port in
            var request = ServiceRequest(
                .post,
                "/v1/prices",
                "azure ai",
                "meta/llama:3 ü?",
                body: Array(#"{"a":1}"#.utf8)
            )
            request.add("search", "a&b=c +")
            request.add("nothing", nil)
            request.add("team", ["x", "y"])
            #expect(try await ask(port: port, request).text == "{}")
            let seen = try #require(server.requests.first)
            #expect(seen.method == "POST")
            #expect(
                seen.target
                    == "/v1/prices/azure%20ai/meta/llama%3A3%20%C3%BC%3F?search=a%26b%3Dc%20%2B&team=x&team=y"
            )
            #expect(seen.headers[.authorization] == "Bearer \(testKey)")
            #expect(seen.headers[.contentType] == "application/json")
            #expect(seen.body == #"{"a":1}"#)
        }
    }

    @Test func `prints a problem with everything that is at fault`() async throws {
        let answer: APIServer.Answer = { number, _ in
            if number == 1 {
                throw Problem.invalid([
                    InvalidParameter("from", code: "required", detail: "is missing"),
                    InvalidParameter("to", code: "required", detail: "is missing"),
                ])
            }
            throw number == 2 ? Problem.unavailable("The ledger cannot be reached.") : Problem.internalError()
        }
        try await APIServer.with(answer) { _, port in
            func text() async -> String {
                do {
                    return try await ask(port: port).text
                } catch {
                    return "\(error)"
                }
            }
            #expect(
                await text() == """
                    Some fields are not valid.
                      from: is missing (required)
                      to: is missing (required)
                    """
            )
            #expect(
                await text() == """
                    Not available at the moment. The ledger cannot be reached.
                      Try again in 1 s.
                    """
            )
            #expect(await text().contains("The server's log has more under the request id "))
        }
    }

    @Test func `says what answered when it is not Oliver`() async throws {
        let answer: APIServer.Answer = { number, _ in
            let headers: HTTPFields = number == 2 ? [.location: "http://127.0.0.1:1/elsewhere"] : [:]
            return Response(
                status: number == 2 ? .found : .badGateway,
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(string: "<html>bad gateway</html>"))
            )
        }
        try await APIServer.with(answer) { server, port in
            await #expect { try await ask(port: port) } throws: {
                "\($0)" == "http://127.0.0.1:\(port) answered with the HTTP status 502."
            }
            // The key does not follow a redirect.
            await #expect { try await ask(port: port) } throws: { "\($0)".contains("HTTP status 302") }
            #expect(server.requests.count == 2)
        }
    }

    @Test func `gives up on a server that is silent, stalls or is not there`() async throws {
        let answer: APIServer.Answer = { number, _ in
            if number == 1 { try await Task.sleep(for: .seconds(30)) }
            let body = ResponseBody { writer in
                try await writer.write(ByteBuffer(string: "{"))
                try await Task.sleep(for: .seconds(30))
                try await writer.finish(nil)
            }
            return Response(status: .ok, body: body)
        }
        try await APIServer.with(answer) { server, port in
            for number in 1...2 {
                let start = ContinuousClock.now
                await #expect { try await ask(port: port, limit: .seconds(1)) } throws: {
                    "\($0)".contains("did not answer within 1 seconds")
                }
                #expect(ContinuousClock.now - start < .seconds(20))
                #expect(server.requests.count == number)
            }
        }
        await #expect { try await ask(port: 1) } throws: {
            "\($0)".hasPrefix("http://127.0.0.1:1 cannot be reached or broke off: ")
        }
    }

    @Test func `reads no answer without end`() async throws {
        let answer: APIServer.Answer = { _, _ in
            let body = ByteBuffer(repeating: UInt8(ascii: " "), count: (32 << 20) + 1)
            return Response(status: .ok, body: ResponseBody(byteBuffer: body))
        }
        try await APIServer.with(answer) { server, port in
            await #expect { try await ask(port: port) } throws: {
                "\($0)".hasSuffix("is not understood: it has more than 33554432 bytes.")
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test func `waits for a job through troubles, and reports each look`() async throws {
        let answer: APIServer.Answer = { number, _ in
            switch number {
            case 1: APIServer.json(jobJSON(state: "pending", read: 0))
            case 2: throw Problem.unavailable("away")
            case 3: APIServer.json(jobJSON(state: "running", read: 7))
            default: APIServer.json(jobJSON(state: "done"))
            }
        }
        try await APIServer.with(answer) { server, port in
            let address = try ServiceAddress(url: "http://127.0.0.1:\(port)", key: testKey)
            let lines = try await ServiceClient.use(address, limit: .seconds(20)) { client in
                var lines: [String] = []
                let watch = JobWatch(client: client, interval: .milliseconds(5))
                let last: JobAnswer = try await watch.untilEnded("5") { lines.append($0.progressLine) }.read()
                #expect(last.isDone)
                return lines
            }
            #expect(
                lines == [
                    "job 5 pending: 0 read, 1 changed, -0.50 USD", "job 5 running: 7 read, 1 changed, -0.50 USD",
                    "job 5 done: 10 read, 1 changed, -0.50 USD",
                ]
            )
            #expect(server.requests.map(\.target) == Array(repeating: "/v1/reprice/5", count: 4))
        }
    }

    @Test func `does not wait for a job that it may not see`() async throws {
        try await APIServer.with({ _, _ in throw Problem.notFound("There is no such job.") }) { server, port in
            let address = try ServiceAddress(url: "http://127.0.0.1:\(port)", key: testKey)
            await #expect {
                try await ServiceClient.use(address, limit: .seconds(20)) { client in
                    try await JobWatch(client: client, interval: .milliseconds(5)).untilEnded("5") { _ in }
                }
            } throws: { "\($0)".contains("There is no such job.") }
            #expect(server.requests.count == 1)
        }
    }
}

@Suite struct `The address of the HTTP API` {
    private func address(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> ServiceAddress {
        try await ServiceOptions.parse(arguments).address(environment: environment)
    }

    @Test func `comes from arguments, then from the environment`() async throws {
        let environment = ["OLIVER_URL": "https://a.example/oliver//", "OLIVER_API_KEY": testKey + "\n"]
        let found = try await address([], environment)
        #expect(found.base == "https://a.example/oliver")
        #expect(found.key.text == testKey)
        #expect(try await address(["--url", "http://b.example:81"], environment).base == "http://b.example:81")
        // Whoever names a folder means it.
        await #expect { try await address(["--home", "/nowhere"], environment) } throws: {
            "\($0)".contains("Nothing runs in /nowhere.")
        }
    }

    @Test func `of an installation on this machine comes from its folder, with its key`() async throws {
        try await withScratchFolder { folder in
            let home = try HomeFolder(path: "\(folder)/home")
            try RunFile(httpPort: 8123, redisURL: "", postgresURL: "").write(to: home)
            await #expect { try await address(["--home", home.path]) } throws: {
                "\($0)".contains("admin.key cannot be read: set OLIVER_API_KEY")
            }
            try home.write(testKey + "\n", to: "admin.key")
            let found = try await address([], ["OLIVER_HOME": home.path])
            #expect(found.base == "http://127.0.0.1:8123")
            #expect(found.key.text == testKey)
            let other = "olv_" + String(testKey.dropFirst(4).reversed())
            #expect(try await address(["--home", home.path], ["OLIVER_API_KEY": other]).key.text == other)
            // The folder's key goes to the folder's installation only.
            await #expect { try await address(["--home", home.path, "--url", "https://a.example"]) } throws: {
                "\($0)".contains("Set OLIVER_API_KEY")
            }
        }
    }

    @Test(arguments: ["ftp://a.example", "a.example", "http://", "http://a.example?x=1", "http://a.example#x"])
    func `is one of HTTP`(url: String) async {
        await #expect { try await address(["--url", url], ["OLIVER_API_KEY": testKey]) } throws: {
            "\($0)".contains("is no address of an HTTP API")
        }
    }

    @Test func `comes with a key of ours, which no error repeats`() async {
        await #expect { try await address(["--url", "http://a.example"], ["OLIVER_API_KEY": "sk-secret"]) } throws: {
            "\($0)".contains("none of Oliver's") && !"\($0)".contains("secret")
        }
    }
}
