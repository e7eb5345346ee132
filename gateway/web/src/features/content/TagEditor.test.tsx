import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { show } from "../../testing/show";
import { TagEditor } from "./TagEditor";

async function editor(...tags: string[]) {
  const onChange = vi.fn();
  show(<TagEditor tags={tags} onChange={onChange} />);
  return { onChange, field: await screen.findByRole("textbox", { name: "Add a tag" }) };
}

test("Enter and a comma add what was typed", async () => {
  const { onChange, field } = await editor("night");

  await userEvent.type(field, " fog {Enter}");
  await userEvent.type(field, "sea,");

  expect(onChange.mock.calls).toEqual([[["night", "fog"]], [["night", "sea"]]]);
  expect(field).toHaveValue("");
});

test("leaving the field adds it too, Escape forgets it", async () => {
  const { onChange, field } = await editor();

  await userEvent.type(field, "fog{Escape}");
  await userEvent.tab();
  expect(onChange).not.toHaveBeenCalled();
  await userEvent.type(field, "sea");
  await userEvent.tab();

  expect(onChange.mock.calls).toEqual([[["sea"]]]);
});

test("a tag that it has already, or none at all, changes nothing", async () => {
  const { onChange, field } = await editor("night");

  await userEvent.type(field, "night{Enter} {Enter}");

  expect(onChange).not.toHaveBeenCalled();
});

test("a tag is removed by its button", async () => {
  const { onChange } = await editor("night", "fog");

  await userEvent.click(screen.getByRole("button", { name: "Remove the tag night" }));

  expect(onChange.mock.calls).toEqual([[["fog"]]]);
});

test("a tag leads to the images that have it", async () => {
  await editor("night");

  const link = screen.getByRole("link", { name: "All images with the tag night" });
  const { pathname, searchParams } = new URL((link as HTMLAnchorElement).href);
  expect([pathname, searchParams.get("tag")]).toEqual(["/gallery", '["night"]']);
});
