// A page that only carries something on to another site sends its form by itself; its button does the same by hand.

document.querySelector("form[data-carry-on]")?.submit();
