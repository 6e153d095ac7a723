import Logging
import ServiceLifecycle

/// A service that is to run until the process stops: one that ends before has failed.
///
/// A failure is logged when it happens: the others take seconds to stop before the process tells why it ends.
struct LastingService: Service {
    private let base: any Service
    private let logger: Logger

    init(_ base: any Service, logger: Logger) {
        self.base = base
        self.logger = logger
    }

    func run() async throws {
        do {
            try await base.run()
            guard Task.isShuttingDownGracefully || Task.isCancelled else { throw EndedEarly(name: "\(type(of: base))") }
        } catch {
            if !Task.isShuttingDownGracefully, !Task.isCancelled {
                logger.critical("a part failed: the process stops", metadata: ["error": "\(error)"])
            }
            throw error
        }
    }
}

/// A service returned though nobody had asked it to.
struct EndedEarly: Error, CustomStringConvertible {
    let name: String

    var description: String { "\(name) ended by itself" }
}
