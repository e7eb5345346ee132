import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { anItem } from "../../testing/samples";
import { show } from "../../testing/show";
import { text } from "../../text";
import { PhotoSheet } from "./PhotoSheet";

const item = { ...anItem(), previous_id: null, next_id: null };

it("an image that did not come is asked for again on demand, and is not called missing", async () => {
  show(<PhotoSheet item={item} isActualSize={false} />);

  fireEvent.error(await screen.findByAltText(item.prompt));
  expect(screen.getByText(text.picture.notLoaded)).toBeVisible();
  expect(screen.queryByText(text.picture.missing)).not.toBeInTheDocument();

  await userEvent.click(screen.getByRole("button", { name: text.problems.again }));
  expect(screen.getByAltText(item.prompt)).toBeInTheDocument();
});

it("a file that is missing from the store is called so", async () => {
  const missing = { ...item, image_url: null, thumbnails: {}, file_missing: true };
  show(<PhotoSheet item={missing} isActualSize={false} />);

  expect(await screen.findByText(text.picture.missing)).toBeVisible();
});
