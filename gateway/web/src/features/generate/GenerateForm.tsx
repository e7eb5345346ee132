import { Alert, Select, Stack } from "@mantine/core";
import { type KeyboardEvent, useRef } from "react";
import type { ModelsView } from "../../api/schema";
import { text } from "../../text";
import { AdvancedFields } from "./AdvancedFields";
import classes from "./GenerateForm.module.css";
import { PromptFields } from "./PromptFields";
import { ParamField } from "./ParamField";
import { SizeField } from "./SizeField";
import { SubmitBar } from "./SubmitBar";
import { useDraft } from "./useDraft";
import { useGenerate } from "./useGenerate";
import { arrange, type Workflow } from "./workflow";

interface Props {
  workflows: Workflow[];
  models: ModelsView | undefined;
}

export function GenerateForm({ workflows, models }: Props) {
  const { draft, change, changeParam, reset } = useDraft();
  const forgetSeed = () => {
    if (!draft.keepSeed) changeParam("seed", null);
  };
  const form = useRef<HTMLFormElement>(null);
  const { generate, faults, notice, forget, forgetAll, isBusy } = useGenerate({
    onUsed: forgetSeed,
    onRefused: () => form.current?.querySelector<HTMLElement>("[aria-invalid='true']")?.focus(),
  });
  const workflow = workflows.find(({ name }) => name === draft.workflow) ?? workflows[0];
  if (!workflow) return <Alert color="yellow">{text.form.noWorkflow}</Alert>;

  const { main, size, advanced } = arrange(workflow);
  const setParam = (name: string, value: unknown) => {
    forget(`params.${name}`);
    changeParam(name, value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    generate(draft, workflow);
  };
  const shared = { draft, models, faults, onChange: setParam };

  return (
    <form
      ref={form}
      className={classes.form}
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        generate(draft, workflow);
      }}
    >
      <Stack gap={14}>
        {workflows.length > 1 && (
          <Select
            label={text.form.workflow}
            data={workflows.map(({ name, title }) => ({ value: name, label: title }))}
            value={workflow.name}
            allowDeselect={false}
            onChange={(name) => name && change({ workflow: name })}
          />
        )}
        <PromptFields
          draft={draft}
          workflow={workflow}
          faults={faults}
          onChange={(changes) => {
            Object.keys(changes).forEach((name) =>
              forget(name === "negativePrompt" ? "negative_prompt" : name),
            );
            change(changes);
          }}
        />
        {main.map((field) => (
          <ParamField key={field.name} field={field} {...shared} />
        ))}
        {size && <SizeField width={size.width} height={size.height} {...shared} />}
        {advanced.length > 0 && (
          <AdvancedFields
            fields={advanced}
            keepSeed={draft.keepSeed}
            onKeepSeed={(keepSeed) => change({ keepSeed })}
            {...shared}
          />
        )}
        {notice !== null && (
          <Alert color="red" role="alert" className={classes.notice}>
            {notice}
          </Alert>
        )}
      </Stack>
      <SubmitBar
        count={draft.count}
        onCount={(count) => change({ count })}
        onReset={() => {
          forgetAll();
          reset();
        }}
        isBusy={isBusy}
      />
    </form>
  );
}
