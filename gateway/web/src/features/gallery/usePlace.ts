import { useCallback, useState } from "react";

interface Place {
  width: number;
  /** From the top of the page, in pixels. */
  top: number;
}

/**
 * Where the element that gets `ref` is. The first guess of its width is that of the page, which is
 * right: the rows have their height before the router puts the scroll position back.
 */
export function usePlace() {
  const [place, setPlace] = useState<Place>(() => ({ width: widthOfPage(), top: 0 }));
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return;
    const measure = () => {
      const top = Math.round(element.getBoundingClientRect().top + scrollY);
      const width = element.clientWidth;
      setPlace((held) => (held.width === width && held.top === top ? held : { width, top }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return { ref, ...place };
}

function widthOfPage(): number {
  const main = document.getElementById("content");
  if (!main) return 0;
  const { paddingLeft, paddingRight } = getComputedStyle(main);
  return main.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
}
