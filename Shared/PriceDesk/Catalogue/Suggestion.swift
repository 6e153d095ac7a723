/// Finds what somebody meant who misspelt a word.
package enum Suggestion {
    /// ` (did you mean "rates"?)`, or nothing when no known word is close.
    package static func text(for word: String, among known: [String]) -> String {
        guard word.utf8.count <= 64 else { return "" }
        let limit = max(1, word.utf8.count / 3)
        let best = known.map { (word: $0, distance: distance(word, $0)) }.min { $0.distance < $1.distance }
        guard let best, best.distance <= limit else { return "" }
        return " (did you mean \"\(best.word)\"?)"
    }

    /// How many letters must be added, left out, changed or swapped with the next to turn one word into the other
    /// (optimal string alignment).
    static func distance(_ word: String, _ other: String) -> Int {
        let (letters, others) = (Array(word.lowercased().utf8), Array(other.lowercased().utf8))
        var rows = [Array(0...others.count)]
        for row in letters.indices {
            var next = [row + 1]
            for column in others.indices {
                let change = rows[row][column] + (letters[row] == others[column] ? 0 : 1)
                var best = min(change, rows[row][column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, letters[row] == others[column - 1], letters[row - 1] == others[column] {
                    best = min(best, rows[row - 1][column - 1] + 1)
                }
                next.append(best)
            }
            rows.append(next)
        }
        return rows[letters.count][others.count]
    }
}
