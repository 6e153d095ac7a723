import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods each path has, to tell 405 from 404.
final class RouteTable: Sendable {
    /// The route's name of requests that match none; Hummingbird's router sets it.
    static let unmatched = "NotFound"

    private struct Entry {
        let segments: [Substring]
        var methods: Set<HTTPRequest.Method>
    }

    private let entries = Mutex<[Entry]>([])

    /// Learns the routes of a router, once all are added.
    func learn(_ router: Router<OliverRequestContext>) {
        var methods: [String: Set<HTTPRequest.Method>] = [:]
        for route in router.routes {
            methods[route.path.description, default: []].insert(route.method)
        }
        let learnt = methods.map { Entry(segments: segments(of: $0.key), methods: $0.value) }
        entries.withLock { $0 = learnt }
    }

    /// The problem of a request that no route took.
    func problem(forUnmatched request: Request) -> Problem {
        let path = segments(of: request.uri.path)
        let methods = entries.withLock { entries in
            entries.filter { matches($0.segments, path) }.reduce(into: Set()) { $0.formUnion($1.methods) }
        }
        guard methods.isEmpty || methods.contains(request.method) else {
            return .methodNotAllowed(allow: Array(methods))
        }
        return .notFound("There is nothing at this path.")
    }

    private func segments(of path: String) -> [Substring] {
        path.split(separator: "/")
    }

    private func matches(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        if let last = pattern.last, last == "**" {
            return path.count >= pattern.count - 1
                && zip(pattern.dropLast(), path).allSatisfy { matches($0, $1) }
        }
        return pattern.count == path.count && zip(pattern, path).allSatisfy { matches($0, $1) }
    }

    private func matches(_ pattern: Substring, _ segment: Substring) -> Bool {
        pattern == segment || pattern == "*" || pattern.hasPrefix("{") || pattern.hasPrefix(":")
    }
}
