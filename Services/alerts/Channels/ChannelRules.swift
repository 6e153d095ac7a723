internal import Domain
internal import Mail
internal import ServiceRuntime

/// What a channel may be.
package enum ChannelRules {
    /// Channels of one workspace at most, and of the installation.
    package static let channelsPerWorkspace = 100

    static func faults(name: String) -> [InvalidParameter] {
        let isClean = name.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0x2028
                && scalar.value != 0x2029
        }
        guard (1...128).contains(name.unicodeScalars.count), isClean else {
            let detail = "must have 1 to 128 characters and no control characters"
            return [InvalidParameter("name", code: "out_of_range", detail: detail)]
        }
        return []
    }

    static func faults(target: String, of kind: ChannelKind) -> [InvalidParameter] {
        switch kind {
        case .email:
            guard Mailbox(target) == nil else { return [] }
            return [InvalidParameter("target", code: "invalid_format", detail: "must be an e-mail address")]
        case .webhook, .slack:
            guard !isPlainURL(target) else { return [] }
            let detail = "must be an http or https URL of at most 2000 characters, without user, password and fragment"
            return [InvalidParameter("target", code: "invalid_format", detail: detail)]
        }
    }

    /// Whether a text is an absolute HTTP URL that names a host and nobody's login.
    private static func isPlainURL(_ text: String) -> Bool {
        guard text.utf8.count <= 2_000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        let lower = text.lowercased()
        let schemes = ["https://", "http://"]
        guard let scheme = schemes.first(where: { lower.hasPrefix($0) }) else { return false }
        let rest = lower.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let forbidden = Set("\"<>\\^`{|}".utf8)
        guard !rest.contains("#"), !authority.contains("@"), !text.utf8.contains(where: forbidden.contains) else {
            return false
        }
        return authority.contains { $0.isLetter || $0.isNumber }
    }
}
