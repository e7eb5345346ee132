import { Textarea } from "@mantine/core";
import { text } from "../../text";
import type { Draft } from "./draft";
import type { Faults } from "./request";
import type { Workflow } from "./workflow";

interface Props {
  draft: Draft;
  workflow: Workflow;
  faults: Faults;
  onChange: (changes: Partial<Draft>) => void;
}

export function PromptFields({ draft, workflow, faults, onChange }: Props) {
  return (
    <>
      {workflow.takesPrompt && (
        <Textarea
          label={text.form.prompt}
          placeholder={text.form.promptHint}
          autosize
          minRows={4}
          maxRows={12}
          required
          withAsterisk={false}
          value={draft.prompt}
          error={faults.prompt}
          onChange={({ currentTarget }) => onChange({ prompt: currentTarget.value })}
        />
      )}
      {workflow.takesNegativePrompt && (
        <Textarea
          label={text.form.negativePrompt}
          placeholder={text.form.negativePromptHint}
          autosize
          minRows={1}
          maxRows={6}
          value={draft.negativePrompt}
          error={faults.negative_prompt}
          onChange={({ currentTarget }) => onChange({ negativePrompt: currentTarget.value })}
        />
      )}
    </>
  );
}
