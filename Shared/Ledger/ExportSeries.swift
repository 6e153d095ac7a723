/// What lines have of their series: many lines share one, so that it is written once.
///
/// A series has some runs: the fields that stand side by side in a line, with the commas between them.
struct ExportSeries {
    private let runs: [[ExportColumn.SeriesWriter]]
    private var places: [Int64: Int] = [:]
    /// The runs of all series, one after the other.
    private var text = CSVText()
    /// Where they end.
    private var ends: [Int] = []

    /// - Parameter runs: What writes the fields of each run.
    init(runs: [[ExportColumn.SeriesWriter]]) {
        self.runs = runs
    }

    var count: Int { places.count }

    /// The place of a series; `nil` for one that is not here.
    func place(of series: Int64) -> Int? { places[series] }

    /// A run of the series at a place.
    func run(_ run: Int, at place: Int) -> ArraySlice<UInt8> {
        let index = place * runs.count + run
        return text.bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// Adds a series.
    ///
    /// - Parameters:
    ///   - series: Its number.
    ///   - row: Its fields.
    /// - Returns: Its place.
    @discardableResult
    mutating func add(_ series: Int64, _ row: ExportSeriesRow) -> Int {
        let place = places.count
        places[series] = place
        for run in runs {
            for write in run { write(row, &text) }
            text.endRun()
            ends.append(text.bytes.count)
        }
        return place
    }

    /// Forgets all series.
    mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        text.removeAll()
        ends.removeAll(keepingCapacity: true)
    }
}
