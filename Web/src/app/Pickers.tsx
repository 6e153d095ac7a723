import { FormEvent, useState } from "react";
import { presets } from "../lib/range";
import { navigate, withQuery } from "../lib/router";
import { useSession, useView } from "../lib/session";
import { addDays, isDay, ownZone, zones } from "../lib/time";
import { date } from "../lib/format";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Choices, Picker } from "../ui/Popup";

/** Which workspace is shown. */
export function WorkspacePicker() {
    const session = useSession();
    const { workspace, query } = useView();
    if (!session.workspaces.length) return null;
    const all = session.workspaces.length > 1;
    const choices = [
        ...(all ? [{ value: "", text: "All workspaces" }] : []),
        ...session.workspaces.map(({ id, name }) => ({
            value: id,
            text: name || id,
            ...(name && name !== id ? { note: id } : {}),
        })),
    ];
    return (
        <Picker
            label="Workspace"
            icon="building"
            text={workspace ? workspace.name || workspace.id : "All workspaces"}
        >
            {(close) => (
                <Choices
                    label="Workspace"
                    choices={choices}
                    value={query.get("workspace") ?? workspace?.id ?? ""}
                    isSearched={choices.length > 8}
                    onChoose={(value) => {
                        close();
                        // Filters name teams and users of the other workspace: they would find nothing here.
                        const own = ["team", "project", "user"].reduce(
                            (changes, name) => ({ ...changes, [name]: null }),
                            {},
                        );
                        navigate(withQuery({ ...own, workspace: value || null }));
                    }}
                />
            )}
        </Picker>
    );
}

/** Which days are shown. */
export function RangePicker() {
    const { range, zone } = useView();
    const last = addDays(range.end, -1);
    const text = range.preset
        ? presets.find(([name]) => name === range.preset)?.[1] ?? range.preset
        : `${date(`${range.first}T12:00:00Z`, "UTC")} – ${date(`${last}T12:00:00Z`, "UTC")}`;
    return (
        <Picker label="Range" icon="calendar" text={text}>
            {(close) => (
                <>
                    <Choices
                        label="Range"
                        choices={presets.map(([value, name]) => ({ value, text: name }))}
                        value={range.preset}
                        onChoose={(value) => {
                            close();
                            navigate(withQuery({ range: value, from: null, to: null }));
                        }}
                    />
                    <CustomRange key={range.from + zone} first={range.first} last={last} onDone={close} />
                </>
            )}
        </Picker>
    );
}

function CustomRange({ first, last, onDone }: { first: string; last: string; onDone: () => void }) {
    const [from, setFrom] = useState(first);
    const [to, setTo] = useState(last);
    const isGood = isDay(from) && isDay(to) && from <= to;
    const submit = (event: FormEvent) => {
        event.preventDefault();
        if (!isGood) return;
        onDone();
        navigate(withQuery({ range: null, from, to }));
    };
    return (
        <form className="form" onSubmit={submit}>
            <div className="row">
                <TextField
                    label="First day"
                    type="date"
                    value={from}
                    onChange={(event) => setFrom(event.target.value)}
                />
                <TextField
                    label="Last day"
                    type="date"
                    value={to}
                    onChange={(event) => setTo(event.target.value)}
                />
            </div>
            <Button type="submit" kind="primary" disabled={!isGood}>Show these days</Button>
        </form>
    );
}

/** By whose clocks days begin. */
export function ZonePicker() {
    const { zone, workspace, query } = useView();
    const own = workspace?.time_zone ?? "UTC";
    const first = [...new Set([own, ownZone, "UTC"])];
    const notes: Record<string, string> = {
        [ownZone]: "this computer",
        [own]: workspace ? "workspace" : "default",
    };
    const choices = [...first, ...zones().filter((name) => !first.includes(name))]
        .map((name) => ({
            value: name,
            text: name.replace(/_/g, " "),
            ...(notes[name] ? { note: notes[name] ?? "" } : {}),
        }));
    return (
        <Picker label="Time zone" icon="globe" text={zone.replace(/_/g, " ")}>
            {(close) => (
                <Choices
                    label="Time zone"
                    choices={choices}
                    value={zone}
                    isSearched
                    onChoose={(value) => {
                        close();
                        navigate(
                            withQuery({ time_zone: value === own && !query.has("time_zone") ? null : value }),
                        );
                    }}
                />
            )}
        </Picker>
    );
}
