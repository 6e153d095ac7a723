import { ReactNode } from "react";
import { FilterBar } from "../../app/FilterBar";
import { Page, Tabs } from "../../ui/Page";

/** What the pages of insights share. */
export function InsightsFrame({ lead, children }: { lead: string; children: ReactNode }) {
    return (
        <Page title="Insights" lead={lead} actions={<FilterBar />}>
            <Tabs
                label="Insights"
                tabs={[
                    ["/insights", "Outlook"],
                    ["/insights/units", "Unit costs"],
                    ["/prices/impact", "Price changes"],
                ]}
            />
            {children}
        </Page>
    );
}
