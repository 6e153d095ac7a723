/// An error that knows what a client is told of it.
///
/// Routes let it through: the server answers with its problem. The conformance stands beside the error, never in a
/// service, so that all services tell of it in the same words.
package protocol AnswerableError: Error {
    /// The answer to a client.
    var problem: Problem { get }
}

extension Problem: AnswerableError {
    package var problem: Problem { self }
}
