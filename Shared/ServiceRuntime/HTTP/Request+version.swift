internal import HTTPTypes
package import Hummingbird

extension Request {
    /// The version that `If-Match` names; nil when there is no such header, or when any version will do.
    ///
    /// - Throws: A 422 problem when it is no `ETag` of ours.
    package func expectedVersion() throws(Problem) -> Int64? {
        guard let text = headers[.ifMatch], text != "*" else { return nil }
        let digits = text.hasPrefix("\"") && text.hasSuffix("\"") ? text.dropFirst().dropLast() : text[...]
        guard let version = Int64(digits) else {
            throw .invalid("If-Match", code: "invalid_format", detail: "must be the ETag of what is changed")
        }
        return version
    }

    /// The version that an edit was made from: without one it could undo what somebody else has just done.
    ///
    /// - Throws: A 428 problem without `If-Match`.
    package func requiredVersion() throws(Problem) -> Int64? {
        guard headers[.ifMatch] != nil else {
            throw Problem(
                "precondition-required",
                status: .preconditionRequired,
                title: "The edit must say what it was made from",
                detail: "Send the ETag of what was read as If-Match."
            )
        }
        return try expectedVersion()
    }
}
