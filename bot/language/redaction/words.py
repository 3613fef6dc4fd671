"""The words by which names are told from others. In small letters, but for what rules of their own say."""

from __future__ import annotations

from typing import Final

# What stands after "I'm", "my name is", "thanks," and the like with a capital letter, and is nobody's name.
ORDINARY: Final = frozenset(
    """
    actually basically constantly definitely extremely honestly mainly mostly obviously possibly probably slightly usually a
    about above after again all allergic almost alone already also am an and any anxious anyone are aren't as asking
    asthmatic at atheist away back bad be because been before better between bipolar both brand but by call called calling
    can can't cause certain clinic cold confused could crazy currently curious dad day days dear deaf deeply depressed
    depression did didn't diabetic do doc doctor doctors does doesn't doing don't done down dr during each early eight
    eighteen either eighty else english epileptic er even ever every everybody everyone everything feeling fifteen fifty
    fine first five folks for forty four fourteen frail friday from fully getting going gone good grand grateful great guys
    had happy hard has hasn't have haven't having he he's hello her here hers hey hi him his home hopeful hoping how however
    i i'd i'll i'm i've if in interested into is isn't it it's its iv just ketamine kind kindly late later less like living
    lost lots lovely low ma'am madam many matter maybe me mine monday more most mr mrs ms much mum my name nervous never new
    next nice nine ninety no nobody none normal not nothing now nurse nurses of off ok okay old on once one only or our out
    over over-weight overweight part patient patients pending people perhaps please pregnant pretty question questions quite
    re ready really reception right sad safe same saturday scared see seven seventy several she she's should sick single sir
    six sixty skint so some somebody someone something soon sore sorry staff still stuck such sunday support sure surely
    team ten than thank thanks that that's the their them then there there's therapist therapy these they they're thirty
    this those three thrilled through thursday time tired to today tomorrow tonight too totally trans treatment tuesday
    twelve twenty two type unable unsure unwell up us very via waiting was we we're wednesday week welcome well were what
    what's when where which while who why will with without wondering spelled spelt mentioned says say said knows thinks
    works work worried worse would wouldn't wrong year yes yesterday yet you you're your yours january february march april
    may june july august september october november december ketalar esketamine spravato lexapro zoloft prozac effexor
    cymbalta wellbutrin xanax ativan klonopin lamictal lithium seroquel abilify zofran tylenol advil aleve ibuprofen
    paracetamol duloxetine sertraline lorazepam trazodone lamotrigine metformin medicare medicaid crps ptsd ocd adhd mri ecg
    ekg tms ect iud bmi gp faq id sms pm buenos buenas dias tardes noches hola gracias saludos soy estoy tengo quiero puedo
    el la los las un una de del y o que como cuando cuanto cuánto cómo cuándo qué por para con sin mi mis su sus muy más sí
    si ya también pero porque diabético diabética mayor alérgico alérgica paciente enfermera doctora señor señora usted
    ustedes equipo clínica médico mexicano mexicana español española atención llamen llámenme nervioso nerviosa embarazada
    nuevo nueva hipertenso hipertensa
    """.split()
)
# As those, and families' names besides: behind a given name they are one.
OF_PLACES: Final = frozenset(
    """
    cross shield blue jain ramadan insane lutheran anglican presbyterian methodist male female catholic christian protestant
    muslim jewish hindu sikh buddhist quaker baptist mormon orthodox jehovah's british american canadian mexican spanish
    welsh scottish irish polish indian african asian hispanic latina latino latinx black white european australian german
    french italian chinese japanese korean russian ukrainian brazilian dutch swedish english ireland england scotland wales
    spain canada mexico america uk us usa texas london dublin cork galway madrid sevilla valencia boston nhs hse va grand
    young good new mayor may march day wood google google's
    """.split()
)
# How an adjective or a participle ends that may follow "I'm".
ENDINGS: Final = ("ed", "ing", "ous", "ful", "ish", "ive", "able", "ible", "less", "ian", "etic", "ptic", "ptive", "ically")
# The people of whom somebody speaks by "my".
RELATIVES: Final = (
    "husband|wife|spouse|partner|son|daughter|child|kid|baby|boy|girl|mother|mum|mam|mom|mommy|mummy|father|dad|da|daddy|sister|brother|"
    "friend|boyfriend|girlfriend|fianc[ée]e?|aunt|auntie|uncle|cousin|nephew|niece|grand(?:mother|father|ma|pa|son|daughter)|nan|nana|"
    "granny|carer|caregiver|neighbou?r|boss|therapist|counsell?or|psychiatrist|psychologist|doctor|nurse|gp|consultant|driver|roommate|"
    "flatmate|colleague|ex|in-law|stepson|stepdaughter|stepmother|stepfather|godmother|"
    "esposo|esposa|marido|mujer|pareja|hij[oa]|madre|padre|mam[áa]|pap[áa]|herman[oa]|amig[oa]|novi[oa]|t[íi][oa]|prim[oa]|abuel[oa]|"
    "sobrin[oa]|cu[ñn]ad[oa]|suegr[oa]|m[ée]dic[oa]|doctora?|psiquiatra|psic[óo]log[oa]|enfermer[oa]"
)
TITLES: Final = (
    r"(?:mr|mrs|ms|mx|dr|prof|rev|fr|sra?|srta|dra)\b\.?|(?:miss|doctor|professor|nurse|sister|father|sir|lady|se[ñn]ora?|se[ñn]orita|"
    r"do[ñn]a?|doctora|enfermer[oa]|consultant)\b"
)
# Given names that are no other word in English or Spanish, a place or a month: known without anything that introduces them, and
# without a capital letter where something does. The commonest of the last ninety years in each country, from memory.
GIVEN: Final = frozenset(
    """
    aaron abby abigail adam adele adrian adriana agnes aidan aideen aileen aine aisling alan alana albert alberto alejandra
    alejandro alex alexander alexandra alexis alfie alfred alfredo alice alicia alison allison alma amanda amber amelia amy
    ana anastasia andrea andres andrew andy angela angelica angelina anita ann anna annabel anne annette annie anthony
    antonia antonio aoife archie arthur arturo ashley ashling audrey ava barbara barry beatrice beatriz becky belinda belen
    ben benjamin bernadette bernard beth bethany betty beverly billy blanca bob bobby bonnie brandon breda brenda brendan
    brian briana bridget bronagh brooke bruce bryan caitlin caleb callum cameron camila candice carl carla carlos carmel
    carmen carol carole caroline carolyn carrie catalina caterina catherine cathy cecilia celia celine cesar charles charlie
    chloe chris christian christina christine christopher ciara cillian cindy claire clara clare claudia clive clodagh cody
    colin colleen colm connor conor cora craig cristina cristobal crystal curtis cynthia daisy damien dan dana daniel
    daniela danielle danny daphne darragh darren dave david deborah debbie debra declan deirdre denis denise dennis derek
    dermot desmond diana diane diego dolores dominic don donald donna doreen doris dorothy douglas duncan dylan eamon eddie
    edith edgar eduardo edward edwin eileen eilish elaine eleanor elena eli elias elizabeth ella ellen ellie eloise elsie
    emer emilia emilio emily emma enda enrique eoghan eoin eric erica erika erin ernest esther ethan eugene eva evan evelyn
    fatima felipe felix fernanda fernando fiona fionn florence fran frances francesca francis francisco frank franklin fred
    freda freddie frederick gabriel gabriela gail gareth gary gavin gemma gena geoff geoffrey george georgina gerald
    geraldine gerard gerardo gina gladys glen glenn gloria gonzalo gordon graham grainne greg gregory guadalupe guillermo
    gustavo gwen hannah harold harriet harry hayley heather hector helen helena henry hilary holly howard hugh hugo ian
    ignacio ines ingrid irene iris isaac isabel isabella isabelle ivan ivy jack jackie jacob jacqueline jade jaime jake
    james jamie jane janet janice jared jasmine jason javier jean jeff jeffrey jennie jennifer jenny jeremy jerry jesse
    jessica jessie jill jim jimmy joan joana joanna joanne joaquin joe joel john johnny jon jonathan jorge jose joseph
    josephine josh joshua joyce juan juana juanita judith judy julia julian juliana julie juliet julio justin karen karina
    karl kate katelyn katherine kathleen kathryn kathy katie katrina kayla keith kelly kenneth kenny kerry kevin kieran kim
    kimberly kirsty kristen kristin kyle larry laura lauren laurence leah lee leo leon leona leonard leslie leticia lewis
    liam lily linda lindsay lisa liz lizzie lorcan lorena lorna lorraine louis louise lucas lucia lucy luis luisa luke lydia
    lynda lynn lynne mabel mairead malcolm manuel marc marcela marcia marco marcos margaret margarita maria mariah marian
    mariana marie marilyn mario marisol marjorie marlene marta martha martin martina mary mateo matt matthew maureen maurice
    max megan meghan melanie melissa mercedes michael michaela michelle miguel mike mildred molly monica monika muriel myra
    nadia nancy naomi natalia natalie natasha nathan neil niall niamh nicholas nick nicola nicolas nicole nigel nikki noah
    noel noelle nora noreen norma norman nuala olga oliver olivia orla orlaith oscar owen pablo paddy padraig pam pamela
    paola patricia patrick paul paula pauline pedro peggy penelope penny peter phil philip phillip philomena phoebe pilar
    rachel rafael ralph ramon randy raquel raul raymond rebecca regina renee ricardo richard rick rita rob robert roberta
    roberto robin rocio rodrigo roger roisin roland ron ronald ronan rory rosa rosalind rosario rosemary rosie roxanne roy
    ruben ruth ryan sabrina sally sam samantha samuel sandra sara sarah saoirse scott sean sebastian sergio seamus shane
    shannon sharon shauna sheila shelley shirley siobhan silvia simon sinead sofia sonia sophia sophie stacey stanley stella
    stephanie stephen steve steven stuart sue susan susana susie suzanne sylvia tamara tammy tania tanya tara teresa terence
    terri terry theodore theresa thomas tiffany tim timothy tina todd tom tomas tommy toni tony tracey tracy trevor tricia
    trish troy una ursula valentina valerie vanessa vera veronica vicente vicki vicky victor vincent vivian vivienne wanda
    wayne wendy wesley william willie winifred xavier ximena yolanda yvette yvonne zachary zoe damian fabian lillian killian
    gillian dorian kian krystian maximilian álvaro andrés ángel ángela belén césar concepción encarnación félix héctor inés
    iván jesús joaquín josé julián lucía maría martín mónica nicolás óscar raúl rocío rubén sebastián sofía tomás verónica
    víctor áine seán sinéad síle róisín gráinne pádraig éamon caoimhe mícheál órla
    """.split()
)
