import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { JobRequest } from "../../api/schema";
import { aJob, nthId } from "../../testing/samples";
import { server, serving } from "../../testing/server";
import { show } from "../../testing/show";
import { solidColor, textToImage } from "../../testing/workflows";
import { text } from "../../text";
import { emptyDraft, saveDraft } from "./draft";
import { GenerateForm } from "./GenerateForm";

const models = {
  checkpoints: ["a.safetensors", "b.safetensors"],
  loras: ["ink", "fog"],
  samplers: [],
  schedulers: [],
};

const JOBS = "*/api/v1/generation-jobs";

/** A gateway that accepts so many jobs, and then says no. */
function accepting(count: number, refusal?: object) {
  const bodies: JobRequest[] = [];
  const keys = new Set<string | null>();
  server.use(
    http.post(JOBS, async ({ request }) => {
      if (bodies.length >= count) {
        return HttpResponse.json({ trace_id: "", title: "", ...refusal }, { status: 429 });
      }
      bodies.push((await request.json()) as JobRequest);
      keys.add(request.headers.get("idempotency-key"));
      return HttpResponse.json(aJob({ id: nthId(bodies.length) }), { status: 201 });
    }),
  );
  return { bodies, keys };
}

function showForm() {
  return show(<GenerateForm workflows={[textToImage, solidColor]} models={models} />);
}

const prompt = () => screen.findByLabelText(text.form.prompt);
const submit = () => screen.getByRole("button", { name: text.form.submit });

serving();
beforeEach(() => localStorage.clear());

describe("submitting", () => {
  it("makes a job of the prompt, which is in the store at once", async () => {
    const { bodies } = accepting(10);
    const { live } = showForm();
    await userEvent.type(await prompt(), "a lighthouse");
    await userEvent.click(submit());
    await waitFor(() => expect(live.store.all()).toHaveLength(1));
    expect(bodies).toEqual([
      expect.objectContaining({ prompt: "a lighthouse", params: { workflow: "text_to_image" } }),
    ]);
  });

  it("works with Ctrl and Enter from within the prompt, which gets no new line", async () => {
    const { bodies } = accepting(10);
    showForm();
    await userEvent.type(await prompt(), "fog{Control>}{Enter}{/Control}");
    await waitFor(() => expect(bodies).toHaveLength(1));
    expect(await prompt()).toHaveValue("fog");
  });

  it("of several images makes several jobs, each under a key of its own", async () => {
    const { bodies, keys } = accepting(10);
    showForm();
    await userEvent.type(await prompt(), "fog");
    await userEvent.clear(screen.getByLabelText(text.form.count));
    await userEvent.type(screen.getByLabelText(text.form.count), "3");
    await userEvent.click(submit());
    await waitFor(() => expect(bodies).toHaveLength(3));
    expect(keys.size).toBe(3);
  });

  it("says how many were accepted when a limit stops the rest", async () => {
    accepting(2, {
      status: 429,
      type: "too_many_unfinished",
      detail: "1000 unfinished are enough",
    });
    showForm();
    await userEvent.type(await prompt(), "fog");
    await userEvent.type(screen.getByLabelText(text.form.count), "{backspace}{backspace}5");
    await userEvent.click(submit());
    expect(await screen.findByRole("alert")).toHaveTextContent(
      /2 of \d+ accepted\. 1000 unfinished/,
    );
  });

  it("sends nothing while something is wrong, and says what", async () => {
    const { bodies } = accepting(10);
    showForm();
    await prompt();
    await userEvent.click(submit());
    expect(await screen.findByText(text.form.promptMissing)).toBeVisible();
    expect(bodies).toEqual([]);
  });
});

describe("what the server refuses", () => {
  it("is marked at its field, in the server's words, until the field is changed", async () => {
    server.use(
      http.post(JOBS, () =>
        HttpResponse.json(
          {
            type: "invalid_params",
            title: "",
            status: 422,
            trace_id: "",
            detail: "params.checkpoint: nobody has it",
            errors: [{ loc: ["params", "checkpoint"], msg: "nobody has it" }],
          },
          { status: 422 },
        ),
      ),
    );
    showForm();
    await userEvent.type(await prompt(), "fog");
    await userEvent.click(submit());
    expect(await screen.findByText("Nobody has it.")).toBeVisible();

    await userEvent.click(screen.getByRole("combobox", { name: /Checkpoint/ }));
    await userEvent.click(await screen.findByRole("option", { name: "b.safetensors" }));
    expect(screen.queryByText("Nobody has it.")).not.toBeInTheDocument();
  });
});

describe("the values", () => {
  it("are there again after a reload, and gone after Reset", async () => {
    showForm();
    await userEvent.type(await prompt(), "fog");
    await userEvent.click(screen.getByRole("button", { name: "3:2" }));
    document.body.replaceChildren();
    showForm();
    expect(await prompt()).toHaveValue("fog");
    expect(screen.getByRole("button", { name: "3:2" })).toHaveAttribute("aria-pressed", "true");
    await userEvent.click(screen.getByRole("button", { name: text.form.reset }));
    expect(await prompt()).toHaveValue("");
    expect(screen.getByRole("button", { name: "1:1" })).toHaveAttribute("aria-pressed", "true");
  });

  it("forgets a seed that was used, unless it is to be kept", async () => {
    const { bodies } = accepting(10);
    showForm();
    await userEvent.type(await prompt(), "fog");
    await userEvent.click(screen.getByRole("button", { name: text.form.advanced }));
    const seed = await screen.findByLabelText(/^Seed/);
    await waitFor(() => expect(seed).toBeVisible());
    await userEvent.type(seed, "42");
    expect(seed).toHaveValue("42");
    await userEvent.click(submit());
    await waitFor(() => expect(seed).toHaveValue(""));
    await userEvent.click(screen.getByLabelText(text.form.seedKeep));
    await userEvent.type(seed, "43");
    await userEvent.click(submit());
    await waitFor(() => expect(bodies).toHaveLength(2));
    expect(seed).toHaveValue("43");
    expect(bodies.map(({ params }) => params?.seed)).toEqual([42, 43]);
  });

  it("take a LoRA with its strength, and let it go again", async () => {
    const { bodies } = accepting(10);
    showForm();
    await userEvent.type(await prompt(), "fog");
    await userEvent.click(screen.getByRole("button", { name: text.form.addLora }));
    const strength = screen.getByLabelText(text.form.loraStrength("ink"));
    await userEvent.clear(strength);
    await userEvent.type(strength, "0.6");
    await userEvent.click(submit());
    await waitFor(() => expect(bodies).toHaveLength(1));
    expect(bodies[0]?.params?.loras).toEqual([
      { name: "ink", strength_model: 0.6, strength_clip: 0.6 },
    ]);
    await userEvent.click(screen.getByRole("button", { name: text.form.loraRemove("ink") }));
    expect(screen.queryByLabelText(text.form.loraStrength("ink"))).not.toBeInTheDocument();
  });

  it("ask of another workflow what that one takes", async () => {
    const { bodies } = accepting(10);
    showForm();
    await prompt();
    await userEvent.click(screen.getByRole("combobox", { name: text.form.workflow }));
    await userEvent.click(await screen.findByRole("option", { name: "Solid color" }));
    expect(screen.queryByLabelText(text.form.prompt)).not.toBeInTheDocument();
    await userEvent.type(screen.getByLabelText(/Color/), "255");
    await userEvent.click(submit());
    await waitFor(() => expect(bodies).toHaveLength(1));
    expect(bodies[0]).toMatchObject({
      prompt: "",
      params: { workflow: "solid_color", color: 255 },
    });
  });

  it("are marked no more after Reset", async () => {
    saveDraft({ ...emptyDraft, prompt: "fog", params: { width: 513 } });
    showForm();
    await prompt();
    await userEvent.click(submit());
    expect(screen.getByText(text.form.outOfRange(64, 2048, 8))).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: text.form.reset }));
    expect(screen.queryByText(text.form.outOfRange(64, 2048, 8))).not.toBeInTheDocument();
  });

  it("say how many images it is to be, also where that was emptied", async () => {
    showForm();
    await prompt();
    const count = screen.getByLabelText(text.form.count);
    await userEvent.clear(count);
    expect(count).toHaveValue("");
    await userEvent.tab();
    expect(count).toHaveValue("× 1");
  });

  it("of an odd import are shown as wrong, and everything else as it is", async () => {
    const params = { width: { a: 1 }, steps: [7], seed: {}, loras: [{ name: "ink" }, "fog"] };
    saveDraft({ ...emptyDraft, prompt: "fog", params });
    showForm();
    expect(await prompt()).toHaveValue("fog");
    expect(screen.getByLabelText(text.form.loraStrength("ink"))).toBeVisible();
    await userEvent.click(submit());
    expect(screen.getByText(text.form.outOfRange(64, 2048, 8))).toBeVisible();
  });
});
