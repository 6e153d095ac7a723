// Hides what does not hold all words that are looked for; "/" goes to the search.
const field = document.getElementById("q");
const hits = document.getElementById("hits");
const articles = [...document.querySelectorAll("article")].map((element) => ({
  element,
  text: element.textContent.toLowerCase(),
  link: document.querySelector(`nav a[href="#${CSS.escape(element.id)}"]`)?.parentElement,
}));
const show = (element, isShown) => { if (element) element.hidden = !isShown; };

field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { element, text, link } of articles) {
    const isHit = words.every((word) => text.includes(word));
    count += isHit ? 1 : 0;
    show(element, isHit);
    show(link, isHit);
  }
  for (const section of document.querySelectorAll("main > section")) {
    const own = [...section.querySelectorAll("article")];
    show(section, words.length === 0 || own.some((element) => !element.hidden));
  }
  for (const list of document.querySelectorAll("nav ul")) {
    const isShown = [...list.children].some((item) => !item.hidden);
    show(list, isShown);
    show(list.previousElementSibling, isShown);
  }
  hits.textContent = words.length === 0 ? "" : `${count} found`;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== field && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    field.focus();
  }
});
