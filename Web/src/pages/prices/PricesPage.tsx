import { FormEvent, useState } from "react";
import { address } from "../../lib/api";
import { useList } from "../../lib/data";
import { Link, navigate, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { perMillion } from "../../lib/rates";
import { Button } from "../../ui/Button";
import { SelectField, TextField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { pricePath } from "../usage/CostCard";
import { exactDollars, mainRates, modelOf, Price, rateTitle, sources } from "./price";
import { PricesFrame } from "./PricesFrame";

/** The prices that hold now. */
export default function PricesPage() {
    const { query } = useView();
    const search = query.get("search") ?? "";
    const source = query.get("source") ?? "";
    const mode = query.get("mode") ?? "";
    const list = useList<Price>(address("/v1/prices", { search, source, mode, limit: 50 }));
    return (
        <PricesFrame>
            <Search key={search} search={search} source={source} mode={mode} />
            <Card
                className="flush"
                title="Prices now"
                note="In USD per million tokens where they are counted in tokens."
            >
                <ListTable
                    label="Prices now"
                    list={list}
                    keyOf={(price) => price.id}
                    empty={
                        <Empty icon="prices" title="No price matches">
                            Models are found by a part of their name, like “sonnet”.
                        </Empty>
                    }
                    columns={[
                        {
                            name: "model",
                            title: "Model",
                            show: (price) => (
                                <>
                                    <Link to={pricePath(price.provider, modelOf(price))}>{price.key}</Link>
                                    <span className="under">
                                        {[price.provider, price.mode].filter(Boolean).join(", ")}
                                    </span>
                                </>
                            ),
                        },
                        ...mainRates.map((rate) => ({
                            name: rate,
                            title: rateTitle(rate),
                            isNumber: true,
                            isExtra: rate.startsWith("cache"),
                            show: (price: Price) => {
                                const million = perMillion(price.rates[rate] ?? "");
                                return million === null
                                    ? <span className="muted">–</span>
                                    : exactDollars(million);
                            },
                        })),
                        {
                            name: "more",
                            title: "Rates",
                            isNumber: true,
                            isExtra: true,
                            show: (price) => Object.keys(price.rates).length,
                        },
                        {
                            name: "source",
                            title: "From",
                            show: (price) => (
                                <Badge tone={price.source === "override" ? "info" : "neutral"}>
                                    {sources[price.source] ?? price.source}
                                </Badge>
                            ),
                        },
                    ]}
                />
            </Card>
        </PricesFrame>
    );
}

const modes = [
    "chat",
    "completion",
    "responses",
    "embedding",
    "image_generation",
    "audio_transcription",
    "audio_speech",
    "rerank",
    "moderation",
    "ocr",
    "search",
];

function Search({ search, source, mode }: { search: string; source: string; mode: string }) {
    const [text, setText] = useState(search);
    const submit = (event: FormEvent) => {
        event.preventDefault();
        navigate(withQuery({ search: text.trim() || null }));
    };
    return (
        <form className="filters" role="search" onSubmit={submit}>
            <div className="field grow">
                <TextField
                    label="Model"
                    type="search"
                    value={text}
                    placeholder="gpt-4o, sonnet, whisper…"
                    onChange={(event) => setText(event.target.value)}
                />
            </div>
            <SelectField
                label="From"
                value={source}
                options={[["", "Anywhere"], ...Object.entries(sources)]}
                onChange={(event) => navigate(withQuery({ source: event.target.value || null }))}
            />
            <SelectField
                label="Mode"
                value={mode}
                options={[
                    ["", "All modes"],
                    ...modes.map((name) => [name, name.replace(/_/g, " ")] as const),
                ]}
                onChange={(event) => navigate(withQuery({ mode: event.target.value || null }))}
            />
            <Button type="submit" kind="primary" icon="search">Search</Button>
        </form>
    );
}
