import { $api } from "../../api/client";
import { text } from "../../text";
import { CopyButton } from "../../ui/CopyButton";
import classes from "./Facts.module.css";
import { parametersIn } from "./parameters";
import panel from "./SidePanel.module.css";

export function ParameterList({ params }: { params: Record<string, unknown> }) {
  const workflows = $api.useQuery("get", "/api/v1/workflows", {}, { staleTime: Infinity });
  const workflow = workflows.data?.items.find(({ name }) => name === params.workflow);
  const parameters = parametersIn(params, workflow);
  if (parameters.length === 0) return null;
  return (
    <section>
      <h2 className={panel.heading}>{text.content.parameters}</h2>
      <dl className={classes.facts}>
        {parameters.map(({ name, title, lines }) => (
          <div key={name} className={classes.fact}>
            <dt>{title}</dt>
            <dd>
              {lines.map((line, index) => (
                <div key={index}>{line}</div>
              ))}
              {name === "seed" && <CopyButton value={lines.join()} label={text.content.copySeed} />}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
