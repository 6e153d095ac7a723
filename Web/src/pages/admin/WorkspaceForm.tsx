import { useState } from "react";
import { send } from "../../lib/api";
import { forget } from "../../lib/data";
import { zones } from "../../lib/time";
import { FormDialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { etagOf, months, unpricedModes, weekDays, Workspace } from "./directory";

interface WorkspaceFormProps {
    workspace?: Workspace;
    onClose: () => void;
}

/** Makes a workspace, or changes one. */
export function WorkspaceForm({ workspace, onClose }: WorkspaceFormProps) {
    const [id, setID] = useState("");
    const [name, setName] = useState(workspace?.name ?? "");
    const [zone, setZone] = useState(workspace?.time_zone ?? "UTC");
    const [week, setWeek] = useState(String(workspace?.week_start ?? 1));
    const [fiscal, setFiscal] = useState(String(workspace?.fiscal_year_start ?? 1));
    const [failMode, setFailMode] = useState(workspace?.fail_mode ?? "open");
    const [unpriced, setUnpriced] = useState(workspace?.unpriced_mode ?? "allow");
    const [retention, setRetention] = useState(
        workspace?.retention_months === null || !workspace ? "" : String(workspace.retention_months),
    );
    const submit = async () => {
        const common = {
            name,
            time_zone: zone,
            week_start: Number(week),
            fiscal_year_start: Number(fiscal),
            fail_mode: failMode,
            unpriced_mode: unpriced,
            retention_months: retention.trim() ? Number(retention) : null,
        };
        if (workspace) {
            await send(
                "PATCH",
                `/v1/workspaces/${encodeURIComponent(workspace.id)}`,
                common,
                etagOf(workspace),
            );
        } else await send("POST", "/v1/workspaces", { ...common, id: id.trim() });
        forget("/v1/workspaces");
    };
    return (
        <FormDialog
            title={workspace ? "Change workspace" : "New workspace"}
            action={workspace ? "Save" : "Make workspace"}
            onClose={onClose}
            onSubmit={submit}
        >
            {(fault) => (
                <>
                    {!workspace && (
                        <TextField
                            label="Id"
                            hint="What programs and addresses call it. It cannot be changed."
                            value={id}
                            maxLength={128}
                            error={fault("id")}
                            onChange={(event) => setID(event.target.value)}
                        />
                    )}
                    <TextField
                        label="Name"
                        value={name}
                        maxLength={128}
                        error={fault("name")}
                        onChange={(event) => setName(event.target.value)}
                    />
                    <div className="row">
                        <SelectField
                            label="Time zone"
                            hint="Whose midnight ends a day"
                            value={zone}
                            options={[...new Set([zone, ...zones()])].map((one) => [one, one] as const)}
                            error={fault("time_zone")}
                            onChange={(event) => setZone(event.target.value)}
                        />
                        <SelectField
                            label="Week begins on"
                            value={week}
                            options={weekDays.map((day, index) => [String(index + 1), day] as const)}
                            error={fault("week_start")}
                            onChange={(event) => setWeek(event.target.value)}
                        />
                        <SelectField
                            label="Fiscal year begins in"
                            value={fiscal}
                            options={months.map((month, index) => [String(index + 1), month] as const)}
                            error={fault("fiscal_year_start")}
                            onChange={(event) => setFiscal(event.target.value)}
                        />
                    </div>
                    <div className="row">
                        <SelectField
                            label="When budgets cannot be checked"
                            value={failMode}
                            options={[["open", "Allow calls"], ["closed", "Refuse calls"]]}
                            error={fault("fail_mode")}
                            onChange={(event) => setFailMode(event.target.value)}
                        />
                        <SelectField
                            label="A model without a price, under a blocking budget"
                            value={unpriced}
                            options={unpricedModes}
                            error={fault("unpriced_mode")}
                            onChange={(event) => setUnpriced(event.target.value)}
                        />
                    </div>
                    <TextField
                        label="Keep events for (months)"
                        inputMode="numeric"
                        hint="Empty: for ever. Sums stay in any case."
                        value={retention}
                        error={fault("retention_months")}
                        onChange={(event) => setRetention(event.target.value)}
                    />
                </>
            )}
        </FormDialog>
    );
}
