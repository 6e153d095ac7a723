import { useState } from "react";
import { send } from "../../lib/api";
import { forget } from "../../lib/data";
import { useView } from "../../lib/session";
import { addDays, dayOf, isDay, startOfDay } from "../../lib/time";
import { FormDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { toast } from "../../ui/Toast";
import { Budget } from "./budget";

/** A higher limit that ends by itself. */
export function RaiseForm(
    { budget, etag, onClose }: { budget: Budget; etag: string | null; onClose: () => void },
) {
    const { zone } = useView();
    const [limit, setLimit] = useState("");
    const [last, setLast] = useState(addDays(dayOf(Date.now(), zone), 6));
    const submit = async () => {
        const until = isDay(last) ? new Date(startOfDay(addDays(last, 1), zone)).toISOString() : last;
        await send("PUT", `/v1/budgets/${budget.id}/raise`, { limit_usd: limit.trim(), until }, etag);
        forget("/v1/budgets");
        toast("The limit is raised.");
    };
    return (
        <FormDialog title="Raise the limit for a while" action="Raise" onClose={onClose} onSubmit={submit}>
            {(fault) => (
                <div className="row">
                    <TextField
                        label="Limit in USD meanwhile"
                        inputMode="decimal"
                        value={limit}
                        error={fault("limit_usd")}
                        onChange={(event) => setLimit(event.target.value)}
                    />
                    <TextField
                        label="Until the end of"
                        type="date"
                        value={last}
                        error={fault("until")}
                        onChange={(event) => setLast(event.target.value)}
                    />
                </div>
            )}
        </FormDialog>
    );
}
