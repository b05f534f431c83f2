"""Where what left LangChain with 1.0 is now: known without LangChain, which need not be installed.

langchain-classic holds what LangChain 0.x held, and is not added to any more. What it has and
LangChain 1 has not was moved.
"""

from __future__ import annotations

OLD = "langchain"
NEW = "langchain_classic"
PROVIDERS = {
    "langchain.chat_models": {
        "ChatOpenAI": "langchain_openai",
        "AzureChatOpenAI": "langchain_openai",
    },
    "langchain.embeddings": {
        "OpenAIEmbeddings": "langchain_openai",
        "AzureOpenAIEmbeddings": "langchain_openai",
    },
}
"""Classes that left modules which LangChain 1 still has."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MODULES = _words("""
    adapters base_language base_memory cache callbacks chains chat_loaders docstore document_loaders
    document_transformers env evaluation example_generator formatting globals graphs hub indexes input llms load
    memory model_laboratory output_parsers prompts python requests retrievers runnables schema serpapi smith
    sql_database storage text_splitter utilities utils vectorstores
""")
"""Modules of LangChain 0.x that are in langchain-classic alone."""

_SUBMODULES = {
    "agents": _words("""
    agent agent_iterator agent_toolkits agent_types chat conversational conversational_chat format_scratchpad
    initialize json_chat load_tools loading mrkl openai_assistant openai_functions_agent
    openai_functions_multi_agent openai_tools output_parsers react schema self_ask_with_search structured_chat
    tool_calling_agent tools types utils xml
"""),
    "chat_models": _words("""
    anthropic anyscale azure_openai azureml_endpoint baichuan baidu_qianfan_endpoint bedrock cohere databricks
    ernie everlyai fake fireworks gigachat google_palm human hunyuan javelin_ai_gateway jinachat konko litellm
    meta minimax mlflow mlflow_ai_gateway ollama openai pai_eas_endpoint promptlayer_openai tongyi vertexai
    volcengine_maas yandex
"""),
    "embeddings": _words("""
    aleph_alpha awa azure_openai baidu_qianfan_endpoint bedrock bookend cache clarifai cloudflare_workersai
    cohere dashscope databricks deepinfra edenai elasticsearch embaas ernie fake fastembed google_palm gpt4all
    gradient_ai huggingface huggingface_hub infinity javelin_ai_gateway jina johnsnowlabs llamacpp llm_rails
    localai minimax mlflow mlflow_gateway modelscope_hub mosaicml nlpcloud octoai_embeddings ollama openai
    sagemaker_endpoint self_hosted self_hosted_hugging_face sentence_transformer spacy_embeddings tensorflow_hub
    vertexai voyageai xinference
"""),
    "tools": _words("""
    ainetwork amadeus arxiv azure_cognitive_services base bearly bing_search brave_search clickup
    convert_to_openai dataforseo_api_search ddg_search e2b_data_analysis edenai eleven_labs file_management
    github gitlab gmail golden_query google_cloud google_finance google_jobs google_lens google_places
    google_scholar google_search google_serper google_trends graphql human ifttt interaction jira json memorize
    merriam_webster metaphor_search multion nasa nuclia office365 openapi openweathermap playwright plugin
    powerbi pubmed python reddit_search render requests retriever scenexplain searchapi searx_search shell slack
    sleep spark_sql sql_database stackexchange steam steamship_image_generation tavily_search vectorstore
    wikipedia wolfram_alpha yahoo_finance_news youtube zapier
"""),
}
"""The same, below modules that LangChain 1 still has."""

_AGENTS = _words("""
    Agent AgentExecutor AgentExecutorIterator AgentOutputParser AgentType BaseMultiActionAgent
    BaseSingleActionAgent ConversationalAgent ConversationalChatAgent LLMSingleActionAgent MRKLChain
    OpenAIFunctionsAgent OpenAIMultiFunctionsAgent ReActChain ReActTextWorldAgent SelfAskWithSearchChain
    StructuredChatAgent Tool XMLAgent ZeroShotAgent create_json_agent create_json_chat_agent
    create_openai_functions_agent create_openai_tools_agent create_openapi_agent create_pbi_agent
    create_pbi_chat_agent create_react_agent create_self_ask_with_search_agent create_spark_sql_agent
    create_sql_agent create_structured_chat_agent create_tool_calling_agent create_vectorstore_agent
    create_vectorstore_router_agent create_xml_agent get_all_tool_names initialize_agent load_agent
    load_huggingface_tool load_tools
""")
"""What of `langchain.agents` is in langchain-classic's alone."""

_OF_THE_ROOT = {
    f"{NEW}.agents": ("MRKLChain", "ReActChain", "SelfAskWithSearchChain"),
    f"{NEW}.chains": (
        "ConversationChain",
        "LLMChain",
        "LLMCheckerChain",
        "LLMMathChain",
        "QAWithSourcesChain",
        "VectorDBQA",
        "VectorDBQAWithSourcesChain",
    ),
    "langchain_core.prompts": ("BasePromptTemplate", "FewShotPromptTemplate", "PromptTemplate"),
    "langchain_openai": ("OpenAI",),
}
"""Classes that once were LangChain's own, by where they are now."""


def new_home(module: str, name: str) -> str | None:
    """Return the module that has `name` where LangChain 0.x had it in `module`, None where it still is there.

    Without a name, return what became of the module itself.
    """
    root, _, inner = module.partition(".")
    if root != OLD:
        return None
    if not inner:
        return _of_the_root(name)
    top, _, below = inner.partition(".")
    if top in _MODULES or below.partition(".")[0] in _SUBMODULES.get(top, ()):
        return f"{NEW}.{inner}"
    if name in _SUBMODULES.get(inner, ()) or (inner == "agents" and name in _AGENTS):
        return f"{NEW}.{inner}"
    return PROVIDERS.get(module, {}).get(name)


def _of_the_root(name: str) -> str | None:
    if name in _MODULES:
        return NEW
    return next((home for home, names in _OF_THE_ROOT.items() if name in names), None)
