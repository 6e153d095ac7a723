internal import Postgres

/// Makes lines of the rows that COPY sends.
///
/// It is told the series first. Where there are too many to keep, each row brings the fields of its own.
struct ExportWriter {
    /// A part of a line.
    private enum Part {
        case row(ExportColumn.RowWriter)
        /// Some fields of the series.
        case run(Int)
        /// The row's own text, else a run.
        case either(ExportField, Int)
    }

    private let parts: [Part]
    private var text = CSVText()
    private var series: ExportSeries
    private var seriesReader = PostgresCopyReader(columns: 1 + ExportSeriesField.allCases.count)
    private var row = ExportRow(reader: PostgresCopyReader(columns: ExportField.allCases.count))
    /// Whether all series are known.
    private(set) var hasSeries = true

    init(_ format: LedgerExportFormat) {
        let columns = ExportColumn.all(of: format)
        for column in columns { text.word(column.name) }
        text.endLine()
        var (parts, runs): ([Part], [[ExportColumn.SeriesWriter]]) = ([], [])
        for column in columns {
            switch column.writer {
            case .row(let write): parts.append(.row(write))
            case .series(let write):
                if case .run(let run)? = parts.last {
                    runs[run].append(write)
                } else {
                    parts.append(.run(runs.count))
                    runs.append([write])
                }
            case .either(let field, let write):
                parts.append(.either(field, runs.count))
                runs.append([write])
            }
        }
        self.parts = parts
        series = ExportSeries(runs: runs)
    }

    /// How many series it knows.
    var seriesCount: Int { series.count }

    /// Takes the next series.
    mutating func addSeries(of piece: [UInt8]) throws(PostgresError) {
        seriesReader.read(piece)
        while try seriesReader.next() {
            guard let number = seriesReader.integer(0) else { throw PostgresError(.decoding, "a series has no number") }
            series.add(number, ExportSeriesRow(reader: seriesReader, first: 1))
        }
    }

    /// Has each row bring the fields of its series.
    mutating func forgetSeries() {
        series.removeAll()
        hasSeries = false
        let columns = ExportField.allCases.count + ExportSeriesField.allCases.count
        row = ExportRow(reader: PostgresCopyReader(columns: columns))
    }

    /// The lines of the next rows, at first behind the header.
    mutating func lines(of piece: [UInt8]) throws -> [UInt8] {
        row.reader.read(piece)
        while try row.reader.next() { writeLine(try placeOfSeries()) }
        return text.take()
    }

    /// Where the fields of the row's series are.
    private mutating func placeOfSeries() throws -> Int {
        let number = row.number(.seriesID) ?? 0
        if !hasSeries {
            series.removeAll()
            return series.add(number, ExportSeriesRow(reader: row.reader, first: ExportField.allCases.count))
        }
        guard let place = series.place(of: number) else {
            throw LedgerError(.corruptRow, "series \(number) of a row is unknown")
        }
        return place
    }

    private mutating func writeLine(_ place: Int) {
        for part in parts {
            switch part {
            case .row(let write): write(row, &text)
            case .run(let run): text.fields(series.run(run, at: place))
            case .either(let field, let run):
                if let own = row.utf8(field) {
                    text.text(own, isGuarded: false)
                } else {
                    text.fields(series.run(run, at: place))
                }
            }
        }
        text.endLine()
    }
}
