import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { anItem } from "../../testing/samples";
import { show } from "../../testing/show";
import { text } from "../../text";
import { TitleEditor } from "./TitleEditor";

const item = { ...anItem({ title: "Fog" }), previous_id: null, next_id: null };

async function typing(keys: string) {
  const onChange = vi.fn();
  show(<TitleEditor item={item} onChange={onChange} />);
  await userEvent.click(await screen.findByRole("button", { name: text.content.editTitle }));
  await userEvent.keyboard(keys);
  return onChange;
}

const pencil = () => screen.getByRole("button", { name: text.content.editTitle });

test("Enter saves the title once, and leads back to where it was begun", async () => {
  const onChange = await typing("Harbour{Enter}");
  expect(onChange.mock.calls).toEqual([["Harbour"]]);
  expect(pencil()).toHaveFocus();
});

test("Escape leaves the title as it was, and leads back too", async () => {
  const onChange = await typing("Harbour{Escape}");
  expect(onChange).not.toHaveBeenCalled();
  expect(pencil()).toHaveFocus();
});
