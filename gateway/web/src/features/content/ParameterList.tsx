import { text } from "../../text";
import { CopyButton } from "../../ui/CopyButton";
import classes from "./Facts.module.css";
import panel from "./SidePanel.module.css";
import { useParameters } from "./useParameters";

export function ParameterList({ params }: { params: Record<string, unknown> }) {
  const parameters = useParameters(params);
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
