import "../styles/main.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { fetchAhead } from "./app/pages";
import { savedTheme, setTheme } from "./app/theme";

setTheme(savedTheme());
fetchAhead(location.pathname);
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
