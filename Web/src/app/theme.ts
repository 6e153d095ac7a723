/** How the page looks: as the system says, or as the person says. */
export type Theme = "system" | "light" | "dark";

const name = "oliver.theme";

export function savedTheme(): Theme {
    try {
        const value = localStorage.getItem(name);
        return value === "light" || value === "dark" ? value : "system";
    } catch {
        return "system";
    }
}

export function setTheme(theme: Theme) {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    try {
        if (theme === "system") localStorage.removeItem(name);
        else localStorage.setItem(name, theme);
    } catch {
        // Without storage the choice lasts until the page is left.
    }
}

export function isDark(): boolean {
    const chosen = document.documentElement.dataset["theme"];
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
