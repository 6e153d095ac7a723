import { useState } from "react";
import { ProblemError, send } from "../../lib/api";
import { forget } from "../../lib/data";
import { perUnit } from "../../lib/rates";
import { useMayEverywhere, useSession, useView } from "../../lib/session";
import { isDay, startOfDay } from "../../lib/time";
import { FormDialog } from "../../ui/Dialog";
import { SelectField, TextAreaField, TextField } from "../../ui/Field";
import { toast } from "../../ui/Toast";
import { mainRates, rateTitle } from "./price";

interface OverrideFormProps {
    provider?: string;
    model?: string;
    onClose: () => void;
}

/** Sets rates that go before all others. */
export function OverrideForm(props: OverrideFormProps) {
    const { workspace, zone } = useView();
    const { workspaces } = useSession();
    const mayAll = useMayEverywhere("prices");
    const [place, setPlace] = useState(workspace?.id ?? "");
    const [provider, setProvider] = useState(props.provider ?? "");
    const [model, setModel] = useState(props.model ?? "");
    const [amounts, setAmounts] = useState<Record<string, string>>({});
    const [others, setOthers] = useState("");
    const [from, setFrom] = useState("");
    const [reason, setReason] = useState("");
    const submit = async () => {
        const rates: Record<string, string> = {};
        for (const [name, text] of Object.entries(amounts)) {
            if (text.trim()) {
                rates[name] = perUnit(text) ??
                    invalid("rates", `${rateTitle(name)} must be a decimal number, like 2.50`);
            }
        }
        for (const line of others.split("\n").filter((text) => text.trim())) {
            const [name = "", rate = ""] = line.split("=").map((part) => part.trim());
            if (!name || !rate) {
                invalid("rates", "each further line is a rate's name, = and its amount per unit");
            }
            rates[name] = rate;
        }
        await send("POST", "/v1/prices/overrides", {
            ...(place ? { workspace: place } : {}),
            provider: provider.trim(),
            model: model.trim(),
            rates,
            reason,
            ...(isDay(from) ? { valid_from: new Date(startOfDay(from, zone)).toISOString() } : {}),
        });
        forget("/v1/prices", "/v1/unpriced");
        toast(
            "The price is set. Events that had none are priced now; others keep theirs until they are repriced.",
        );
    };
    const all = mayAll ? [["", "All workspaces"] as const] : [];
    return (
        <FormDialog title="Set an own price" action="Set price" onClose={props.onClose} onSubmit={submit}>
            {(fault) => (
                <>
                    <SelectField
                        label="For"
                        value={place}
                        error={fault("workspace")}
                        options={[...all, ...workspaces.map((one) => [one.id, one.name || one.id] as const)]}
                        onChange={(event) => setPlace(event.target.value)}
                    />
                    <div className="row">
                        <TextField
                            label="Provider"
                            value={provider}
                            error={fault("provider")}
                            onChange={(event) => setProvider(event.target.value)}
                        />
                        <TextField
                            label="Model"
                            value={model}
                            error={fault("model")}
                            onChange={(event) => setModel(event.target.value)}
                        />
                    </div>
                    <fieldset>
                        <legend>USD per million tokens</legend>
                        <p className="muted small">What is left empty keeps the price it has.</p>
                        <div className="row">
                            {mainRates.map((name) => (
                                <TextField
                                    key={name}
                                    label={rateTitle(name)}
                                    inputMode="decimal"
                                    value={amounts[name] ?? ""}
                                    onChange={(event) =>
                                        setAmounts({ ...amounts, [name]: event.target.value })}
                                />
                            ))}
                        </div>
                        {fault("rates") && <p className="fault">{fault("rates")}</p>}
                    </fieldset>
                    <TextAreaField
                        label="Further rates, per unit"
                        hint="One a line, like input_cost_per_image = 0.04"
                        value={others}
                        onChange={(event) => setOthers(event.target.value)}
                    />
                    <TextField
                        label="Holds from"
                        type="date"
                        hint="Empty: from now on"
                        value={from}
                        error={fault("valid_from")}
                        onChange={(event) => setFrom(event.target.value)}
                    />
                    <TextField
                        label="Reason"
                        value={reason}
                        maxLength={1000}
                        error={fault("reason")}
                        placeholder="Contract of November"
                        onChange={(event) => setReason(event.target.value)}
                    />
                </>
            )}
        </FormDialog>
    );
}

function invalid(name: string, detail: string): never {
    throw new ProblemError(422, {
        title: "Some fields are not valid",
        detail,
        invalid_parameters: [{ name, code: "invalid", detail }],
    });
}
