import { InsightsFrame } from "./InsightsFrame";
import { Outlook } from "./Outlook";
import { UnusualDays } from "./UnusualDays";

/** What will have been spent, and which days were unlike the others. */
export default function OutlookPage() {
    return (
        <InsightsFrame lead="What the present period will have cost when it ends, and which days were unlike the others.">
            <Outlook />
            <UnusualDays />
        </InsightsFrame>
    );
}
