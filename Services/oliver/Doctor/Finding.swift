internal import ServiceRuntime

/// One thing that was looked at, and how it is.
struct Finding: Sendable, Equatable {
    enum Severity: String, Sendable {
        case ok
        /// Works, and may not for long.
        case warning
        /// Something is lost, late or wrong until somebody acts.
        case fault
    }

    var severity: Severity
    /// A stable word for programs, for example `redis_aof_off`.
    var check: String
    /// What was seen.
    var detail: String
    /// What to do; empty when all is well.
    var advice: String

    static func ok(_ check: String, _ detail: String) -> Finding {
        Finding(severity: .ok, check: check, detail: detail, advice: "")
    }

    static func warning(_ check: String, _ detail: String, do advice: String) -> Finding {
        Finding(severity: .warning, check: check, detail: detail, advice: advice)
    }

    static func fault(_ check: String, _ detail: String, do advice: String) -> Finding {
        Finding(severity: .fault, check: check, detail: detail, advice: advice)
    }
}

/// All that was found, as text and as JSON.
struct Diagnosis: Sendable {
    let findings: [Finding]

    var isHealthy: Bool { findings.allSatisfy { $0.severity != .fault } }

    /// What is wrong first, each with what to do; then what is well.
    var text: String {
        var lines: [String] = []
        for severity in [Finding.Severity.fault, .warning, .ok] {
            for finding in findings where finding.severity == severity {
                lines.append("\(Self.mark(severity)) \(finding.check): \(finding.detail)")
                if !finding.advice.isEmpty { lines.append("          do: \(finding.advice)") }
            }
        }
        let faults = findings.count { $0.severity == .fault }
        let warnings = findings.count { $0.severity == .warning }
        lines.append("")
        lines.append(faults + warnings == 0 ? "All is well." : "\(faults) faults, \(warnings) warnings.")
        return lines.joined(separator: "\n")
    }

    /// One JSON document: `{"healthy":…,"findings":[…]}`.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("healthy")
        writer.bool(isHealthy)
        writer.key("findings")
        writer.beginArray()
        for finding in findings {
            writer.beginObject()
            writer.member("severity", finding.severity.rawValue)
            writer.member("check", finding.check)
            writer.member("detail", finding.detail)
            if !finding.advice.isEmpty { writer.member("advice", finding.advice) }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func mark(_ severity: Finding.Severity) -> String {
        switch severity {
        case .ok: "ok     "
        case .warning: "WARNING"
        case .fault: "FAULT  "
        }
    }
}
