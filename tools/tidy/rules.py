"""Every rule: a function of a Repository that yields Findings; its docstring says the rule."""
import rules_calls
import rules_documents
import rules_files
import rules_house
import rules_sizes

RULES = [
    rules_sizes.file_length,
    rules_sizes.line_width,
    rules_sizes.function_length,
    rules_sizes.parameters,
    rules_sizes.nesting,
    rules_calls.banned,
    rules_calls.bare_units,
    rules_calls.unfinished,
    rules_house.header_template,
    rules_house.include_path,
    rules_house.belongs,
    rules_house.dead_header,
    rules_house.module_readme,
    rules_documents.links,
    rules_files.large_blob,
    rules_files.shell_syntax,
    rules_files.permissions,
    rules_files.whitespace,
    rules_files.machine_paths,
]


def check(repository, allow):
    """All findings that the allow-list does not excuse, then what it excuses in vain."""
    findings = [finding for rule in RULES for finding in rule(repository)]
    kept = [finding for finding in findings if not allow.excuses(finding)]
    return sorted(kept, key=lambda finding: (finding.path, finding.line)) + allow.unused()
