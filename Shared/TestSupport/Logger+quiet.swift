package import Logging

extension Logger {
    /// A logger that says nothing.
    package static var quiet: Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}
