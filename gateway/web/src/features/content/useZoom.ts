import { type PointerEvent, type RefObject, useRef, useState } from "react";
import { flushSync } from "react-dom";

const STILL_PX = 4; // a press that moves less is a click

interface Press {
  x: number;
  y: number;
  left: number;
  top: number;
  hasMoved: boolean;
}

/** Fit or 100 %. At 100 % the stage scrolls: by drag, by wheel or finger, by keys. */
export function useZoom(itemId: number, stage: RefObject<HTMLElement | null>) {
  const press = useRef<Press | null>(null);
  const [zoomed, setZoomed] = useState<number | null>(null); // another item begins whole
  const isActualSize = zoomed === itemId;

  /** What was at this place of the fitted image comes to the middle of the stage. */
  const toggle = (x = 0.5, y = 0.5) => {
    flushSync(() => setZoomed(isActualSize ? null : itemId));
    const element = stage.current;
    if (!element) return;
    element.scrollTo(
      x * element.scrollWidth - element.clientWidth / 2,
      y * element.scrollHeight - element.clientHeight / 2,
    );
  };

  /** False: there is nothing to move in this direction at all. */
  const pan = (x: number, y: number) => {
    const element = stage.current;
    if (!element || !isActualSize) return false;
    const hasRoom =
      x !== 0
        ? element.scrollWidth > element.clientWidth
        : element.scrollHeight > element.clientHeight;
    if (hasRoom) element.scrollBy(x, y);
    return hasRoom;
  };

  const pointer = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      const { scrollLeft, scrollTop } = event.currentTarget;
      const { clientX, clientY } = event;
      press.current = { x: clientX, y: clientY, left: scrollLeft, top: scrollTop, hasMoved: false };
      if (event.pointerType === "mouse") event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const from = press.current;
      if (!from) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      if (Math.hypot(x, y) >= STILL_PX) from.hasMoved = true;
      if (!from.hasMoved || event.pointerType !== "mouse") return;
      event.currentTarget.scrollLeft = from.left - x;
      event.currentTarget.scrollTop = from.top - y;
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const wasClick = press.current?.hasMoved === false;
      press.current = null;
      if (!wasClick) return;
      const sheet = event.currentTarget.firstElementChild?.getBoundingClientRect();
      if (!sheet || !isInside(event, sheet)) return;
      toggle(
        (event.clientX - sheet.left) / sheet.width,
        (event.clientY - sheet.top) / sheet.height,
      );
    },
    onPointerCancel: () => {
      press.current = null; // a finger began to scroll
    },
  };
  return { isActualSize, toggle: () => toggle(), pan, pointer };
}

function isInside({ clientX, clientY }: PointerEvent, box: DOMRect): boolean {
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}
