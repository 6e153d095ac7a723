internal import Domain
internal import ServiceRuntime
package import Wire

/// Reads providers' own usage objects: what they call tokens, characters and seconds becomes Oliver's quantities.
///
/// Pure. Quantities follow Oliver's convention: input and output are totals, everything else is part of them. The
/// Python package reads the same objects in the same way; one file of golden objects holds both to it.
package enum UsageExtraction {
    /// The reader that `RecordBody` is given.
    package static let reader: RawUsageReader = { read(provider: $0, $1) }

    /// Reads a whole response or only its usage object.
    ///
    /// - Parameters:
    ///   - provider: The event's provider; those that are not known are read like OpenAI, which most imitate.
    ///   - json: One JSON value.
    /// - Returns: The usage; a problem when the object says nothing of it, for that is not zero.
    package static func read(provider: String, _ json: [UInt8]) -> Result<ExtractedUsage, FieldProblem> {
        do throws(FieldProblem) {
            guard let found = try extract(provider: provider, RawObject(try parse(json))) else {
                throw unknown(provider)
            }
            return .success(found)
        } catch {
            return .failure(error)
        }
    }

    private static func parse(_ json: [UInt8]) throws(FieldProblem) -> JSONValue {
        do {
            return try JSONValue(parsing: json)
        } catch {
            throw FieldProblem(RawObject.root, .invalidCharacters, "Must be JSON in valid Unicode.")
        }
    }

    private static func extract(provider: String, _ response: RawObject) throws(FieldProblem) -> ExtractedUsage? {
        switch provider {
        case "anthropic": try AnthropicUsage.read(response)
        case "gemini", "google", "vertex_ai": try GoogleUsage.read(response)
        case "bedrock", "bedrock_converse": try BedrockUsage.read(response)
        case "cohere", "cohere_chat": try CohereUsage.read(response)
        case "elevenlabs": try ElevenLabsUsage.read(response)
        default: try OpenAIUsage.read(response)
        }
    }

    private static func unknown(_ provider: String) -> FieldProblem {
        FieldProblem(
            RawObject.root,
            .unknownValue,
            "No usage is found in it: give the response of '\(provider)' or its usage object, or use 'usage' instead."
        )
    }
}
