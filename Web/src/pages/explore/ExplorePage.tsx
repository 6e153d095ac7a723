import { FilterBar } from "../../app/FilterBar";
import { useData } from "../../lib/data";
import { Pivot, pivotCSV, readSetup, Setup, setupQuery } from "../../lib/pivot";
import { dimensionTitle, reportPath } from "../../lib/report";
import { navigate, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { Button, CopyButton } from "../../ui/Button";
import { Card, Page } from "../../ui/Page";
import { Empty, Loaded } from "../../ui/States";
import { Builder } from "./Builder";
import { measureTitle } from "./measures";
import { PivotChart } from "./PivotChart";
import { PivotTable } from "./PivotTable";

/** Any cut of the spend. */
export default function ExplorePage() {
    const view = useView();
    const setup = readSetup(view.query);
    const path = reportPath("/v1/analytics/pivot", view, {
        rows: setup.rows.join(","),
        columns: setup.columns.join(","),
        measure: setup.measure,
        row_limit: setup.rowLimit,
        column_limit: setup.columnLimit,
    });
    const data = useData<Pivot>(path, { keep: true });
    // While the next answer is on its way the old one is shown, by what it was asked for.
    const isCurrent = !data.isLoading;
    const change = (next: Setup) => navigate(withQuery(setupQuery(next)), { replace: false });
    const title = `${measureTitle(setup.measure)} by ${
        [...setup.rows, ...setup.columns].map(dimensionTitle).join(", ")
    }`;
    return (
        <Page
            title="Explore"
            lead="Any cut of the spend, by up to three dimensions on each side."
            actions={
                <>
                    <CopyButton text={location.href} label="Copy link" />
                    <Button
                        icon="download"
                        disabled={!data.body || !isCurrent}
                        onClick={() => data.body && save(pivotCSV(data.body, setup, dimensionTitle), title)}
                    >
                        CSV
                    </Button>
                </>
            }
        >
            <Card>
                <Builder setup={setup} onChange={change} />
            </Card>
            <FilterBar />
            <Loaded data={data} height={420}>
                {(pivot) =>
                    pivot.rows.length && fits(pivot, setup)
                        ? (
                            <>
                                <Card title={title}>
                                    <PivotChart pivot={pivot} setup={setup} />
                                </Card>
                                <PivotTable pivot={pivot} setup={setup} label={title} />
                            </>
                        )
                        : isCurrent
                        ? (
                            <Card>
                                <Empty icon="explore" title="Nothing to show">
                                    No event in this range matches.
                                </Empty>
                            </Card>
                        )
                        : null}
            </Loaded>
        </Page>
    );
}

/** Whether an answer has as many dimensions as are asked for now: an older one may have others. */
function fits(pivot: Pivot, setup: Setup): boolean {
    return (pivot.rows[0]?.length ?? 0) === setup.rows.length &&
        (pivot.columns[0]?.length ?? 0) === setup.columns.length;
}

function save(text: string, title: string) {
    const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
