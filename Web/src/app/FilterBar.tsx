import { FormEvent, useState } from "react";
import { useData } from "../lib/data";
import { money } from "../lib/format";
import {
    Breakdown,
    dimensions,
    dimensionTitle,
    isDimension,
    readFilters,
    reportPath,
    valueText,
} from "../lib/report";
import { navigate, withQuery } from "../lib/router";
import { useView } from "../lib/session";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Choices, Picker } from "../ui/Popup";
import { Skeleton } from "../ui/States";

/** What the figures are narrowed to, with a way to add to it and to take from it. */
export function FilterBar() {
    const { query } = useView();
    const filters = readFilters(query);
    const remove = (name: string, value: string) =>
        navigate(withQuery({ [name]: (filters[name] ?? []).filter((other) => other !== value) }));
    return (
        <div className="filters" role="group" aria-label="Filters">
            {Object.entries(filters).flatMap(([name, values]) =>
                values.map((value) => (
                    <span className="chip" key={`${name}=${value}`}>
                        <span>
                            {dimensionTitle(name)}: <strong>{valueText(value)}</strong>
                        </span>
                        <button
                            type="button"
                            aria-label={`Remove the filter ${dimensionTitle(name)}: ${value}`}
                            onClick={() => remove(name, value)}
                        >
                            <Icon name="close" size={12} />
                        </button>
                    </span>
                ))
            )}
            <Picker label="Add a filter" text="Filter" icon="plus">
                {(close) => <AddFilter onDone={close} />}
            </Picker>
        </div>
    );
}

function AddFilter({ onDone }: { onDone: () => void }) {
    const [dimension, setDimension] = useState<string | null>(null);
    if (dimension) return <ValueChoices dimension={dimension} onDone={onDone} />;
    return (
        <>
            <Choices
                label="Dimension"
                choices={dimensions.map(([value, text]) => ({ value, text }))}
                value={null}
                onChoose={setDimension}
            />
            <TagForm onChoose={(key) => setDimension(`tag.${key}`)} />
        </>
    );
}

/** Tags have any keys: they are typed. */
export function TagForm({ onChoose }: { onChoose: (key: string) => void }) {
    const [key, setKey] = useState("");
    const submit = (event: FormEvent) => {
        event.preventDefault();
        if (isDimension(`tag.${key.trim()}`)) onChoose(key.trim());
    };
    return (
        <form className="form" onSubmit={submit}>
            <TextField
                label="Or a tag's key"
                placeholder="feature"
                value={key}
                maxLength={64}
                onChange={(event) => setKey(event.target.value)}
            />
            <Button type="submit" disabled={!key.trim()}>Use this tag</Button>
        </form>
    );
}

function ValueChoices({ dimension, onDone }: { dimension: string; onDone: () => void }) {
    const view = useView();
    const chosen = readFilters(view.query)[dimension] ?? [];
    const values = useData<Breakdown>(
        reportPath("/v1/analytics/breakdown", view, { by: dimension, limit: 200, [dimension]: null }),
    );
    if (!values.body) {
        return values.error ? <p className="note bad">{values.error.message}</p> : <Skeleton height={120} />;
    }
    const choices = values.body.rows
        .filter((row): row is typeof row & { key: string } => row.key !== null && !chosen.includes(row.key))
        .map((row) => ({ value: row.key, text: valueText(row.key), note: money(row.cost_usd) }));
    return (
        <Choices
            label={dimensionTitle(dimension)}
            choices={choices}
            value={null}
            isSearched
            onChoose={(value) => {
                onDone();
                navigate(withQuery({ [dimension]: [...chosen, value] }));
            }}
        />
    );
}
