/** Every string of the page; those of one page alone are in text/. */
import { content } from "./text/content";
import { dashboard } from "./text/dashboard";
import { gallery } from "./text/gallery";
import { history } from "./text/history";
import { login } from "./text/login";
import { settings } from "./text/settings";

export const text = {
  name: "Darkroom",
  nav: {
    dashboard: "Dashboard",
    generate: "Generate",
    gallery: "Gallery",
    settings: "Settings",
    main: "Main",
    skip: "Skip to content",
    theme: (next: string) => `Switch to the ${next} theme`,
  },
  queue: {
    idle: "Idle",
    running: (n: number) => `${n} running`,
    waiting: (n: number) => `${n} waiting`,
    title: "Queue",
    open: (summary: string) => `Queue: ${summary}`,
    empty: "Nothing is running or waiting.",
    more: (n: number) => `and ${n} more`,
    all: "History",
  },
  live: {
    polling: "Live updates are down. This page asks every few seconds until they are back.",
    offline: "Darkroom does not answer. What you see may be old; this page keeps trying.",
  },
  status: {
    pending: "Pending",
    running: "Running",
    completed: "Completed",
    failed: "Failed",
    cancelled: "Cancelled",
  },
  job: {
    place: (n: number) => (n === 1 ? "Next in the queue" : `${ordinal(n)} in the queue`),
    waiting: "Waiting in the queue",
    starting: "With ComfyUI, not drawn yet",
    storing: "Drawn; storing the image",
    step: (step: number, steps: number) => `Step ${step} of ${steps}`,
    percent: (value: number) => `${Math.round(value * 100)} %`,
    progress: "Progress",
    noPrompt: "No prompt",
    cancel: "Cancel",
    retry: "Retry",
    dismiss: "Dismiss",
    details: "What ComfyUI said",
    reported: "Details",
    atNode: (node: string) => `At node ${node}.`,
    wouldFailAgain: "The same request would most likely fail again.",
    cancelFailed: "Not cancelled",
    retryFailed: "Not retried",
    removeFailed: "Not removed",
    remove: "Remove",
  },
  cancelAll: {
    button: "Cancel all waiting",
    question: (n: number) =>
      `Cancel all ${n.toLocaleString("en")} waiting jobs? What runs goes on.`,
    confirm: (n: number) => `Cancel ${n.toLocaleString("en")} jobs`,
    busy: "Reading what waits",
    progress: (done: number, all: number) =>
      `Cancelling: ${done.toLocaleString("en")} of ${all.toLocaleString("en")}`,
    done: (n: number) =>
      n === 1 ? "1 job was cancelled" : `${n.toLocaleString("en")} jobs were cancelled`,
    left: (n: number, why: string) =>
      n === 1 ? `1 was not: ${why}` : `${n.toLocaleString("en")} were not: ${why}`,
  },
  form: {
    title: "What to make",
    workflow: "Workflow",
    noWorkflow: "No workflow is installed.",
    prompt: "Prompt",
    promptHint: "A lighthouse in fog, long exposure, 35 mm",
    promptMissing: "Say what the image should show.",
    negativePrompt: "Negative prompt",
    negativePromptHint: "What it should not show",
    required: "This is needed.",
    help: (words: string) => `Help: ${words}`,
    outOfRange: (minimum: number, maximum: number, multiple?: number) => {
      const step = multiple !== undefined && multiple > 1 ? `, in steps of ${multiple}` : "";
      return `From ${minimum} to ${maximum}${step}.`;
    },
    byDefault: (name: string) => `${name} (default)`,
    unknownOptions: "No worker is connected, so nobody knows which there are.",
    noneFound: "Nothing of this name",
    addLora: "Add a LoRA",
    noLoras: "No worker has a LoRA.",
    loraName: (n: number) => `LoRA ${n}`,
    loraStrength: (name: string) => `Strength of ${name}`,
    loraStrengthHelp: "Strength: 1 is as trained",
    loraRemove: (name: string) => `Remove ${name}`,
    size: "Size",
    shape: "Shape",
    baseSize: "As many pixels as a square of this side",
    swap: "Swap width and height",
    advanced: "Advanced",
    touched: (n: number) => `${n} changed`,
    seedRandom: "Random",
    seedDraw: "Draw a seed",
    seedClear: "Random seed",
    seedKeep: "Keep the seed after generating",
    submit: "Generate Images",
    submitHint: "Ctrl + Enter",
    count: "How many images",
    countHelp: "How many images. With a seed, it counts up from image to image.",
    reset: "Reset",
    partly: (accepted: number, asked: number) => `${accepted} of ${asked} accepted.`,
  },
  generate: {
    status: "Generation Status",
    idle: "Nothing is being made. What you generate appears here while it develops.",
    further: (n: number) => `and ${n} more in the queue`,
    recent: "Last 24 hours",
    noneYet: "Your images of the last 24 hours will appear here.",
  },
  generateTabs: { label: "Image generation", create: "Create", history: "History" },
  failure: {
    refused: "ComfyUI did not accept this request.",
    execution_error: "ComfyUI failed while it drew this image.",
    timed_out: "This took longer than its time limit, so it was stopped.",
    bad_image: "What ComfyUI made is not an image that can be kept.",
    out_of_memory: "The GPU ran out of memory. A smaller size, or fewer LoRAs, may fit.",
    lost: "ComfyUI lost this request, more often than was worth trying.",
    output_missing: "ComfyUI said it was done, but left no image.",
    torn_image: "The image file was incomplete.",
    undeliverable: "Darkroom could not deliver this job.",
    device_error: "The GPU failed.",
    unreachable: "ComfyUI did not answer.",
    interrupted_in_comfyui: "Somebody stopped this at ComfyUI's own page, several times.",
    gave_up: "Darkroom gave up after many attempts.",
    other: "This job failed.",
  },
  problems: {
    unreachable: "Darkroom does not answer. Is it running?",
    title: "This could not be loaded",
    fileMissing: "Darkroom does not answer, or is newer than this page. Reload once it is there.",
    characters: (most: string, n: number) =>
      `At ${most} ${n.toLocaleString("en")} ${n === 1 ? "character" : "characters"}.`,
    bound: (most: string, value: string) => `At ${most} ${value}.`,
    again: "Try again",
    crashed: "This page has a bug and stopped.",
    reload: "Reload",
  },
  picture: {
    simulated: "Simulated",
    simulatedHelp: "Drawn by the simulator: there is no ComfyUI.",
    missing: "The file is missing from the media store",
    notLoaded: "The image could not be loaded",
    deleted: "Deleted",
    untitled: "Image",
    open: (title: string) => `Open: ${title}`,
  },
  gallery,
  content,
  keys: { title: "Keyboard", arrows: "Arrows", enter: "Enter", escape: "Esc", delete: "Del" },
  notFound: {
    title: "Nothing is here",
    body: "There is no page at this address.",
    home: "To the dashboard",
  },
  login,
  settings,
  dashboard,
  search: { clear: "Clear the search" },
  history,
  confirm: { no: "Keep it" },
  copy: { copy: "Copy", copied: "Copied", byHand: "Selected: press Ctrl+C or ⌘C to copy it." },
  time: { now: "just now" },
};

export function ordinal(n: number): string {
  const last = n % 100;
  const suffix = last > 10 && last < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
}
